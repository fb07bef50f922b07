/** What a person types to find rows, while it is typed. */
import { WELL_KNOWN_SERVICES } from '../services.ts'
import type { CharacterSpan } from '../usage-error.ts'
import type { Filter } from './filter.ts'
import { parseFilterSearch, type Wanted } from './filter-parse.ts'
import { searchWords } from './filter-words.ts'
import { STATE_WORDS } from './states.ts'

/** What a search means, and what is wrong with it. */
export interface Search {
  /** Where something is wrong: the conditions before it. Undefined: there is none. */
  readonly filter: Filter | undefined
  readonly problem: SearchProblem | undefined
}

/** Why a search cannot be understood. */
export interface SearchProblem {
  /** The characters at fault; none: something is missing at the end. */
  readonly span: CharacterSpan
  /** What could have stood there. */
  readonly expected: string
}

/** Conditions of ss about what rows do not bring along, with what is said of them. */
const REFUSED = {
  fwmark: 'another condition: marks are not known here, lastack ss has them',
  cgroup: 'another condition: control groups are not known here, lastack ss has them',
} as const

const CONTEXT = { services: WELL_KNOWN_SERVICES, protocols: ['tcp', 'udp'], family: undefined } as const

/** Reads a search: words of ss's filter language, and between them plain words, which a row has to show. */
export function parseSearch(text: string): Search {
  const { filter, error } = parseFilterSearch(text, CONTEXT, REFUSED)
  if (error === undefined) return { filter, problem: undefined }
  const span = error.span ?? { start: text.length, length: 0 }
  return { filter, problem: { span, expected: error.expected } }
}

/** The word that is being typed, and what may stand in its place. */
export interface SearchPlace {
  /** What there is of it before the caret. */
  readonly begun: string
  /** The characters that a whole word would replace: as far as the caret. */
  readonly span: CharacterSpan
  readonly wanted: Wanted
}

/** What may be typed at a place of a search; undefined where something before it cannot be understood. */
export function searchPlace(text: string, caret: number): SearchPlace | undefined {
  const before = text.slice(0, caret)
  const last = searchWords(before).at(-1)
  const isBegun = last !== undefined && last.span.start + last.span.length === caret && !/^[(!]$/.test(last.text)
  const start = isBegun ? last.span.start : caret
  if (isBegun && last.isQuoted === true) return undefined
  const { error, wanted } = parseFilterSearch(before.slice(0, start), CONTEXT, REFUSED)
  if (error !== undefined && error.token !== '') return undefined
  return { begun: before.slice(start), span: { start, length: caret - start }, wanted }
}

/** Words of the language, each with what it asks for. */
export const SEARCH_WORDS: Readonly<Record<'conditions' | 'joiners' | 'operators', readonly SearchWord[]>> = {
  conditions: [
    { word: 'state', meaning: 'in this state: state close-wait' },
    { word: 'exclude', meaning: 'not in this state: exclude listening' },
    { word: 'src', meaning: 'local address: src 10.0.0.0/8' },
    { word: 'dst', meaning: 'peer’s address: dst [::1]:80' },
    { word: 'sport', meaning: 'local port: sport = :8080' },
    { word: 'dport', meaning: 'peer’s port: dport < :1024' },
    { word: 'dev', meaning: 'bound to an interface: dev = eth0' },
    { word: 'autobound', meaning: 'the kernel chose the local port' },
    { word: 'not', meaning: 'what follows is not so' },
  ],
  joiners: [
    { word: 'and', meaning: 'both; nothing between two conditions means the same' },
    { word: 'or', meaning: 'one of both' },
  ],
  operators: [
    { word: '=', meaning: 'this port' },
    { word: '!=', meaning: 'any other' },
    { word: '<', meaning: 'below' },
    { word: '>', meaning: 'above' },
    { word: '<=', meaning: 'at most' },
    { word: '>=', meaning: 'at least' },
  ],
}

/** A word that may be typed. */
export interface SearchWord {
  readonly word: string
  readonly meaning: string
}

/** Names that may follow `state`. */
export const SEARCH_STATES: readonly string[] = Object.keys(STATE_WORDS)
