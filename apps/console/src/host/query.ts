import type { NetId, RowState } from 'lastack/inspect'

/** The table's columns. */
const COLUMN_KEYS = ['state', 'netid', 'recvq', 'sendq', 'local', 'peer', 'timer', 'since', 'owner'] as const
export type ColumnKey = (typeof COLUMN_KEYS)[number]

/** What the table can be sorted by: its columns, and where rows are gathered, how many there are of each group. */
export const SORT_KEYS = ['size', ...COLUMN_KEYS] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** Of these one wants to see the largest first. */
const LARGEST_FIRST: ReadonlySet<SortKey> = new Set<SortKey>(['size', 'recvq', 'sendq', 'since'])

/** Whether one who sorts by that begins with the largest. */
export function beginsLargest(key: SortKey): boolean {
  return LARGEST_FIRST.has(key)
}

/** What rows can be gathered under. */
export const GROUPINGS = ['none', 'owner', 'listener', 'destination', 'state'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** Families of protocols to show. */
export const PROTOCOLS = ['tcp', 'udp', 'unix'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** What the user asked to see of the host's sockets. */
export interface HostQuery {
  /** Empty: every state. */
  readonly states: readonly RowState[]
  readonly protocols: readonly Protocol[]
  /** What is searched for, as it was typed: words that a row shows, and ss's filter language among them. */
  readonly text: string
  readonly grouping: Grouping
  readonly sort: SortKey
  readonly descending: boolean
  /** Keys of the groups whose rows are shown; `*` opens all. */
  readonly open: readonly string[]
  /** Only the sockets of the finding with that id; empty: of all. */
  readonly finding: string
}

/** The states in the order of a connection's life: opening, open, closed by us first, closed by the peer first, the rest. */
export const STATE_ORDER: readonly RowState[] = [
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSING',
  'TIME-WAIT',
  'CLOSED',
  'BOUND-INACTIVE',
  'UNCONN',
]

/** The protocol family of a netid as ss names it. */
export function protocolOf(netid: NetId): Protocol {
  if (netid === 'tcp' || netid === 'udp') return netid
  return 'unix'
}

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined, otherwise: T): T {
  return allowed.find((one) => one === value) ?? otherwise
}

function someOf<T extends string>(
  allowed: readonly T[],
  value: string | undefined,
  otherwise: readonly T[],
): readonly T[] {
  if (value === undefined) return otherwise
  const words = value.split(',')
  return allowed.filter((one) => words.includes(one))
}

const DEFAULT_PROTOCOLS: readonly Protocol[] = ['tcp']

/** Rows are sorted by state unless something else is asked for, groups by their size, the largest first. */
function sortOf(value: string, grouping: Grouping): Pick<HostQuery, 'sort' | 'descending'> {
  const key = SORT_KEYS.find((known) => known === value.replace(/^-/, ''))
  if (key === undefined || (key === 'size' && grouping === 'none')) {
    return grouping === 'none' ? { sort: 'state', descending: false } : { sort: 'size', descending: true }
  }
  return { sort: key, descending: value.startsWith('-') }
}

/** Reads the query from the address's parameters; what is missing or unknown gets its default. */
export function queryOf(params: ReadonlyMap<string, string>): HostQuery {
  const grouping = oneOf(GROUPINGS, params.get('group'), 'none')
  const { sort, descending } = sortOf(params.get('sort') ?? '', grouping)
  const protocols = someOf(PROTOCOLS, params.get('proto'), DEFAULT_PROTOCOLS)
  return {
    states: someOf(STATE_ORDER, params.get('state'), []),
    protocols: protocols.length === 0 ? DEFAULT_PROTOCOLS : protocols,
    text: params.get('q') ?? '',
    grouping,
    sort,
    descending,
    open: (params.get('open') ?? '').split('|').filter((key) => key !== ''),
    finding: params.get('finding') ?? '',
  }
}

/** The parameters that say the same as a partial query; defaults become empty text, which the router leaves out. */
export function paramsOf(query: Partial<HostQuery>): Record<string, string> {
  const params: Record<string, string> = {}
  if (query.states !== undefined) params.state = query.states.join(',')
  if (query.protocols !== undefined) {
    const value = query.protocols.join(',')
    params.proto = value === DEFAULT_PROTOCOLS.join(',') ? '' : value
  }
  if (query.text !== undefined) params.q = query.text
  if (query.grouping !== undefined) params.group = query.grouping === 'none' ? '' : query.grouping
  if (query.sort !== undefined) {
    const value = `${query.descending === true ? '-' : ''}${query.sort}`
    params.sort = value === '-size' ? '' : value
  }
  if (query.finding !== undefined) params.finding = query.finding
  if (query.open !== undefined) params.open = query.open.join('|')
  return params
}

/** What each parameter may say; the rest takes any text. */
const EXPECTED: Readonly<Record<string, { readonly words: readonly string[]; readonly several: boolean }>> = {
  state: { words: STATE_ORDER, several: true },
  proto: { words: PROTOCOLS, several: true },
  group: { words: GROUPINGS, several: false },
  sort: { words: SORT_KEYS.flatMap((key) => [key, `-${key}`]), several: false },
}
const FREE_TEXT: readonly string[] = ['q', 'open', 'finding']

/** What of an address's parameters means nothing here, with what was expected; `null`: all is understood. */
export function paramsProblem(params: ReadonlyMap<string, string>): string | null {
  for (const [name, value] of params) {
    const expected = EXPECTED[name]
    if (expected === undefined && FREE_TEXT.includes(name)) continue
    if (expected === undefined) {
      return `“${name}” means nothing here: expected ${[...Object.keys(EXPECTED), ...FREE_TEXT].join(', ')}`
    }
    const wrong = (expected.several ? value.split(',') : [value]).find((word) => !expected.words.includes(word))
    if (wrong !== undefined) {
      const words = expected.words.filter((word) => !word.startsWith('-'))
      return `${name} “${wrong}” means nothing here: expected ${words.join(', ')}`
    }
  }
  return null
}
