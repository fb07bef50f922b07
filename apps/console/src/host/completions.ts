import { bracketed, SEARCH_STATES, SEARCH_WORDS, type SearchPlace, searchPlace } from 'lastack/inspect'
import type { Entry } from './entry.ts'
import type { Completion, Completions } from './view.ts'

/** Completions that are offered at most: what the eye takes in. */
const OFFERED_MAX = 8

/** What rows have, and how many have it. */
type Known = ReadonlyMap<string, number>

function counted(entries: readonly Entry[], values: (entry: Entry) => readonly (string | undefined)[]): Known {
  const counts = new Map<string, number>()
  for (const entry of entries) {
    for (const value of values(entry)) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}

/** Those that begin so, what most rows have first. */
function offered(known: Known, begun: string): Completion[] {
  return [...known]
    .filter(([text]) => text.startsWith(begun))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, OFFERED_MAX)
    .map(([text, count]) => ({ text, meaning: count === 1 ? '1 socket' : `${count} sockets` }))
}

function words(list: readonly { readonly word: string; readonly meaning: string }[], begun: string): Completion[] {
  return list.filter(({ word }) => word.startsWith(begun)).map(({ word, meaning }) => ({ text: word, meaning }))
}

function ports(entries: readonly Entry[], side: 'src' | 'dst', begun: string): Completion[] {
  const known = counted(entries, ({ row }) => {
    const { port } = side === 'src' ? row.local : row.peer
    return row.family === 0 || port === 0 ? [] : [`:${port}`]
  })
  return offered(known, begun === '' || begun.startsWith(':') ? begun : `:${begun}`)
}

/** States that rows are in. */
function statesHere(entries: readonly Entry[], begun: string): Completion[] {
  return offered(
    counted(entries, ({ row }) => [NAMES[row.state]]),
    begun,
  )
}

function states(entries: readonly Entry[], begun: string): Completion[] {
  const here = statesHere(entries, begun)
  const others = SEARCH_STATES.filter((name) => name.startsWith(begun) && !here.some(({ text }) => text === name))
  return [...here, ...others.map((text) => ({ text, meaning: GROUPS[text] ?? 'no socket' }))]
}

/** The words of ss for states that it names otherwise than the table does. */
const NAMES: Readonly<Record<string, string>> = Object.fromEntries([
  ...SEARCH_STATES.map((name) => [name.toUpperCase(), name]),
  ['LISTEN', 'listening'],
  ['SYN-RECEIVED', 'syn-recv'],
  ['UNCONN', 'unconnected'],
])

/** Words of ss for several states at once. */
const GROUPS: Readonly<Record<string, string>> = {
  all: 'every state',
  connected: 'neither listening nor closed',
  synchronized: 'connected, without SYN-SENT',
  bucket: 'TIME-WAIT and SYN-RECEIVED',
  big: 'all but those',
}

/** Words of the language, and what else begins so: programs that hold sockets, and states. */
function conditions(entries: readonly Entry[], begun: string, joins: boolean): Completion[] {
  const language = words([...(joins ? SEARCH_WORDS.joiners : []), ...SEARCH_WORDS.conditions], begun)
  if (begun === '') return language
  const owners = counted(entries, ({ row }) => [row.owners?.[0]?.command])
  const named = statesHere(entries, begun.toLowerCase()).map(({ text, meaning }) => ({
    text: `state ${text}`,
    meaning,
  }))
  return [...offered(owners, begun), ...language, ...named]
}

function itemsOf({ begun, wanted }: SearchPlace, entries: readonly Entry[]): readonly Completion[] {
  switch (wanted.kind) {
    case 'condition':
      return conditions(entries, begun, false)
    case 'continuation':
      return conditions(entries, begun, true)
    case 'state':
      return states(entries, begun.toLowerCase())
    case 'address': {
      const end = wanted.side === 'src' ? 'local' : 'peer'
      return offered(
        counted(entries, ({ row }) => (row.family === 0 ? [] : [bracketed(row[end].address)])),
        begun,
      )
    }
    case 'comparison':
      return [...words(SEARCH_WORDS.operators, begun), ...ports(entries, wanted.side, begun)]
    case 'port':
      return ports(entries, wanted.side, begun)
    case 'device':
      return offered(
        counted(entries, ({ row }) => [row.local.device]),
        begun,
      )
    case 'other':
      return []
  }
}

/** What may be typed at a place of a search; `null`: what stands before it is not understood. */
export function completionsOf(text: string, caret: number, entries: readonly Entry[]): Completions | null {
  const place = searchPlace(text, caret)
  if (place === undefined) return null
  const items = itemsOf(place, entries).filter((item) => item.text !== place.begun)
  const { begun, wanted, span } = place
  const isOpening = begun === '' && (wanted.kind === 'condition' || wanted.kind === 'continuation')
  return { span, items: items.slice(0, OFFERED_MAX), isOpening }
}
