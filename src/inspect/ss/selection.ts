import type { GivenOption } from '../getopt.ts'
import type { NetId } from '../socket-row.ts'
import { UsageError } from '../usage-error.ts'
import { CONNECTED_BY_DEFAULT, type StateMask, stateBit } from './states.ts'

type Table = 'tcp' | 'mptcp' | 'udp' | 'unix_stream' | 'unix_dgram' | 'unix_seqpacket' | UnreadTable
/** ss has tables of these; we do not. They are followed only because they decide whether there is a Netid column. */
type UnreadTable =
  | 'raw'
  | 'dccp'
  | 'sctp'
  | 'packet_raw'
  | 'packet_dgram'
  | 'netlink'
  | 'vsock_stream'
  | 'vsock_dgram'
  | 'xdp'
  | 'tipc'

const NETIDS: Readonly<Partial<Record<Table, NetId>>> = {
  tcp: 'tcp',
  mptcp: 'mptcp',
  udp: 'udp',
  unix_stream: 'u_str',
  unix_dgram: 'u_dgr',
  unix_seqpacket: 'u_seq',
}

const UNIX: readonly Table[] = ['unix_stream', 'unix_dgram', 'unix_seqpacket']
const INET: readonly Table[] = ['udp', 'dccp', 'tcp', 'mptcp', 'sctp', 'raw']
const EVERY: readonly Table[] = [
  ...INET,
  ...UNIX,
  'packet_raw',
  'packet_dgram',
  'netlink',
  'vsock_stream',
  'vsock_dgram',
  'xdp',
]

/** The words of `-A`. */
const QUERY_WORDS: Readonly<Record<string, readonly Table[]>> = {
  all: EVERY,
  inet: INET,
  udp: ['udp'],
  tcp: ['tcp'],
  unix: UNIX,
  unix_stream: ['unix_stream'],
  u_str: ['unix_stream'],
  unix_dgram: ['unix_dgram'],
  u_dgr: ['unix_dgram'],
  unix_seqpacket: ['unix_seqpacket'],
  u_seq: ['unix_seqpacket'],
  raw: ['raw'],
  dccp: ['dccp'],
  sctp: ['sctp'],
  mptcp: ['mptcp'],
  packet: ['packet_raw', 'packet_dgram'],
  packet_raw: ['packet_raw'],
  p_raw: ['packet_raw'],
  packet_dgram: ['packet_dgram'],
  p_dgr: ['packet_dgram'],
  netlink: ['netlink'],
  tipc: ['tipc'],
  vsock: ['vsock_stream', 'vsock_dgram'],
  vsock_stream: ['vsock_stream'],
  v_str: ['vsock_stream'],
  vsock_dgram: ['vsock_dgram'],
  v_dgr: ['vsock_dgram'],
  xdp: ['xdp'],
}

/** The states that choosing a table brings along, unless states are asked for. */
function defaultStates(table: Table): StateMask {
  switch (table) {
    case 'udp':
    case 'raw':
      return stateBit('ESTABLISHED')
    case 'unix_dgram':
    case 'packet_raw':
    case 'packet_dgram':
    case 'netlink':
    case 'xdp':
      return stateBit('UNCONN')
    default:
      return CONNECTED_BY_DEFAULT
  }
}

/** Families and tables bring each other along, and both bring states: the rules by which ss 6.1 works out what to show. */
export class Selection {
  readonly #tables = new Set<Table>()
  readonly #families = new Set<4 | 6 | 0>()
  #states: StateMask = 0
  #touched = false
  #queried = false
  #everything = false
  /** The family that was named last. */
  lastFamily: 4 | 6 | 0 | undefined = undefined

  /** Whether an option has chosen a table or a family. */
  get touched(): boolean {
    return this.#touched
  }

  /** Whether everything is shown because nothing was chosen. */
  get isDefault(): boolean {
    return this.#everything
  }

  get states(): StateMask {
    return this.#states
  }

  addTable(table: Table): void {
    this.#tables.add(table)
    this.#states |= defaultStates(table)
    this.#touched = true
  }

  addFamily(family: 4 | 6 | 0): void {
    this.#families.add(family)
    this.#states |= CONNECTED_BY_DEFAULT
    this.#touched = true
    this.lastFamily = family
  }

  /** `-A tcp,udp`; a word with a `!` before it takes tables away. The first `-A` forgets the tables chosen before it. */
  query(option: GivenOption<string>): void {
    if (!this.#queried) this.#tables.clear()
    this.#queried = true
    this.#touched = true
    for (const word of option.value.split(',')) {
      const name = word.replace(/^!/, '')
      const tables = Object.hasOwn(QUERY_WORDS, name) ? QUERY_WORDS[name] : undefined
      if (tables === undefined) throw unknownTable('not a socket table', name, option.position)
      if (word.startsWith('!')) for (const table of tables) this.#tables.delete(table)
      else if (tables.every((table) => NETIDS[table] === undefined)) {
        throw unknownTable('not offered: socket table', name, option.position)
      } else for (const table of tables) this.addTable(table)
    }
  }

  takeAll(): void {
    this.#everything = true
    for (const table of EVERY) this.addTable(table)
  }

  /** No states asked for (0) leaves those that the tables brought. */
  setStates(states: StateMask): void {
    if (states !== 0) this.#states = states
  }

  /** Tables without a family get theirs, families without a table get all of theirs. */
  completeFamilies(): void {
    for (const table of this.#tables) {
      const own = familiesOf(table)
      if (!own.some((family) => this.#families.has(family))) for (const family of own) this.#families.add(family)
    }
    for (const family of this.#families) {
      const own = family === 0 ? UNIX : INET
      if (!own.some((table) => this.#tables.has(table))) for (const table of own) this.#tables.add(table)
    }
  }

  /** An address in the filter has the family, named in it or by the last option. */
  narrowTo(family: 4 | 6 | 0): void {
    this.#families.clear()
    this.#families.add(family)
    this.lastFamily = family
  }

  /** ss dumps one family of TCP and UDP sockets when the last family named is one: `-46` shows IPv6 only. */
  get families(): readonly (4 | 6 | 0)[] {
    const last = this.lastFamily
    return ([4, 6, 0] as const).filter(
      (family) => this.#families.has(family) && (family === 0 || !last || family === last),
    )
  }

  get netids(): readonly NetId[] {
    const families = this.families
    const shown = [...UNIX, ...INET].filter((table) => this.#tables.has(table))
    return shown.flatMap((table) => {
      const netid = NETIDS[table]
      return netid !== undefined && familiesOf(table).some((family) => families.includes(family)) ? netid : []
    })
  }

  /** Protocols whose names of ports are understood. */
  get protocols(): readonly ('tcp' | 'udp')[] {
    return (['tcp', 'udp'] as const).filter((protocol) => this.#tables.has(protocol))
  }

  get showsNetid(): boolean {
    return this.#tables.size !== 1
  }

  get notices(): readonly string[] {
    const unread = [...this.#tables].filter((table) => NETIDS[table] === undefined)
    if (unread.length === 0) return []
    const others = this.#everything ? 'netlink, packet, raw and other sockets' : unread.join(', ')
    return [`only tcp, mptcp, udp and unix sockets are read: ${others} are left out`]
  }
}

function familiesOf(table: Table): readonly (4 | 6 | 0)[] {
  if (UNIX.includes(table)) return [0]
  return INET.includes(table) ? [4, 6] : []
}

function unknownTable(problem: string, token: string, position: number): UsageError {
  const offered = Object.keys(QUERY_WORDS).filter((word) =>
    QUERY_WORDS[word]?.some((table) => NETIDS[table] !== undefined),
  )
  return new UsageError({ tool: 'ss', problem, token, position, unit: 'argument', expected: offered.join(', ') })
}
