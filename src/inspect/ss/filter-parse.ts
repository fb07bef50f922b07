import type { Operand } from '../getopt.ts'
import { UsageError } from '../usage-error.ts'
import type { Filter, PortCondition, Side } from './filter.ts'
import { type Expectation, type HostContext, parseHost, parsePort } from './filter-host.ts'
import { type FilterWord, filterWords, searchWords } from './filter-words.ts'
import { STATE_KEYWORDS, STATE_WORDS, withStateWord } from './states.ts'

/** A filter, and the family that its addresses are of when an option or one of them (`inet6:[::1]`) has named one. */
export interface ParsedFilter {
  readonly filter: Filter | undefined
  /** `undefined` too when nothing in the filter is an address or a port: it then narrows nothing. */
  readonly family: 4 | 6 | 0 | undefined
}

type Symbol = '(' | ')' | '!' | '&' | '|' | '=' | '!=' | '<' | '<=' | '>' | '>='

const SYMBOLS: Readonly<Record<string, Symbol>> = {
  '(': '(',
  ')': ')',
  '!': '!',
  not: '!',
  '&': '&',
  '&&': '&',
  and: '&',
  '|': '|',
  '||': '|',
  or: '|',
  '=': '=',
  '==': '=',
  eq: '=',
  '!=': '!=',
  ne: '!=',
  neq: '!=',
  '<': '<',
  lt: '<',
  '<=': '<=',
  le: '<=',
  leq: '<=',
  '>': '>',
  gt: '>',
  '>=': '>=',
  ge: '>=',
  geq: '>=',
}

/** What may come next: it decides what can be offered to who is typing. */
export type Wanted =
  /** `continuation`: a condition, or `and` or `or` before one. */
  | { readonly kind: 'condition' | 'continuation' | 'state' | 'device' | 'other' }
  /** `comparison`: a port, or an operator before it. */
  | { readonly kind: 'address' | 'comparison' | 'port'; readonly side: Side }

/** What a search was understood as, what stands in its way, and what may come next. */
export interface ParsedSearch {
  /** Where there is an error: the conditions before it. */
  readonly filter: Filter | undefined
  readonly error: UsageError | undefined
  readonly wanted: Wanted
}

const CONDITIONS = 'src, dst, sport, dport, dev, fwmark, cgroup, autobound, not or ('

/**
 * Parses ss's filter language, whose words may come as one argument or many: `dst 10.0.0.0/8 and ( sport = :80 or sport = :443 )`.
 *
 * `and`, `or` and mere juxtaposition (which means `and`) have one precedence and group from the left, as in ss 6.1;
 * `not` takes the one condition behind it. `dst != …`, which ss 6.1 does not know, is understood too.
 *
 * @throws {UsageError} naming the word, its place among the filter's words and what was expected.
 */
export function parseFilter(operands: readonly Operand[], context: HostContext): ParsedFilter {
  const words = operands.flatMap((operand) => filterWords(operand.text))
  if (words.length === 0) return { filter: undefined, family: undefined }
  const parser = new Parser(words, context, undefined)
  return { filter: parser.whole(), family: parser.family }
}

/**
 * Parses what is typed to find rows: the same language, in which a word that is none of it is a condition too, that a row has the
 * word somewhere; a text in quotes is one whatever it says; and `state …` may stand anywhere.
 *
 * @param refused conditions that the rows at hand cannot tell, each with the reason.
 */
export function parseFilterSearch(
  text: string,
  context: HostContext,
  refused: Readonly<Record<string, string>>,
): ParsedSearch {
  const words = searchWords(text)
  const parser = new Parser(words, context, refused)
  if (words.length === 0) return { filter: undefined, error: undefined, wanted: parser.wanted }
  try {
    return { filter: parser.whole(), error: undefined, wanted: parser.wanted }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { filter: parser.understood, error, wanted: parser.wanted }
  }
}

class Parser {
  readonly #words: readonly FilterWord[]
  readonly #context: HostContext
  /** For a search: the conditions that it cannot have. */
  readonly #refused: Readonly<Record<string, string>> | undefined
  #next = 0
  #depth = 0
  #family: 4 | 6 | 0 | undefined
  #narrows = false
  /** The conditions before the one that is being read. */
  understood: Filter | undefined
  /** What was looked for last. */
  wanted: Wanted = { kind: 'condition' }

  constructor(
    words: readonly FilterWord[],
    context: HostContext,
    refused: Readonly<Record<string, string>> | undefined,
  ) {
    this.#words = words
    this.#context = context
    this.#refused = refused
    this.#family = context.family
  }

  get family(): 4 | 6 | 0 | undefined {
    return this.#narrows ? this.#family : undefined
  }

  whole(): Filter {
    const filter = this.#list()
    if (this.#peek() !== undefined) throw this.#error(`and, or, or ${CONDITIONS}`)
    return filter
  }

  #list(): Filter {
    let left = this.#expression()
    if (this.#depth === 0) this.understood = left
    for (;;) {
      this.wanted = { kind: 'continuation' }
      if (this.#peek() === undefined || this.#symbol() === ')') return left
      const joined = this.#symbol()
      if (joined === '&' || joined === '|') this.#next++
      const right = this.#expression()
      left = { kind: joined === '|' ? 'or' : 'and', left, right }
      if (this.#depth === 0) this.understood = left
    }
  }

  #expression(): Filter {
    this.wanted = { kind: 'condition' }
    const symbol = this.#symbol()
    if (symbol === '(') return this.#parenthesised()
    if (symbol === '!') return { kind: 'not', operand: this.#nested(() => this.#expression()) }
    const word = this.#peek()
    if (this.#refused !== undefined && word !== undefined) {
      const reason = Object.hasOwn(this.#refused, word) ? this.#refused[word] : undefined
      if (reason !== undefined && !this.#isQuoted()) throw this.#error(reason)
      if (STATE_KEYWORDS.has(word) && !this.#isQuoted()) return this.#states()
      if (this.#isPlain(word)) return this.#text(word)
    }
    switch (word) {
      case 'src':
      case 'dst':
        this.#next++
        return this.#host(word)
      case 'sport':
      case 'dport':
        this.#next++
        return this.#port(word === 'sport' ? 'src' : 'dst')
      case 'autobound':
        this.#next++
        return { kind: 'autobound' }
      case 'dev':
        return this.#equality((name) => ({ kind: 'device', name }), 'the name of an interface')
      case 'fwmark':
        return this.#equality(parseMark, 'a mark such as 0x1 or 0x1/0xff')
      case 'cgroup':
        return this.#equality(parseCgroup, 'the path of a control group')
      default:
        throw this.#error(CONDITIONS)
    }
  }

  /** Whether a word of a search is none of the language: an operator in letters is one only where something is compared. */
  #isPlain(word: string): boolean {
    if (this.#isQuoted()) return true
    return !CONDITION_WORDS.has(word) && (this.#symbol() === undefined || /^[a-z]+$/.test(word))
  }

  #text(word: string): Filter {
    this.#next++
    return { kind: 'text', text: word.toLowerCase() }
  }

  /** A run of `state …` and `exclude …`, as ss has it before the conditions. */
  #states(): Filter {
    let states = 0
    for (let seen = false; ; seen = true) {
      const keyword = this.#peek() ?? ''
      if (this.#isQuoted() || !STATE_KEYWORDS.has(keyword)) return { kind: 'states', states }
      this.#next++
      this.wanted = { kind: 'state' }
      const name = this.#operand(STATE).toLowerCase()
      const mask = Object.hasOwn(STATE_WORDS, name) ? STATE_WORDS[name] : undefined
      if (mask === undefined) throw this.#error(STATE, -1)
      states = withStateWord(states, seen, keyword, mask)
    }
  }

  #parenthesised(): Filter {
    const filter = this.#nested(() => this.#list())
    if (this.#symbol() !== ')') throw this.#error(') or another condition')
    this.#next++
    return filter
  }

  /** Past `(` or `!`; deep nesting is refused rather than left to overflow the stack. */
  #nested(parse: () => Filter): Filter {
    if (++this.#depth > NESTING_MAX) throw this.#error(`at most ${NESTING_MAX} levels of parentheses and not`)
    this.#next++
    const filter = parse()
    this.#depth--
    return filter
  }

  #host(side: Side): Filter {
    const negated = this.#equalOrNot()
    this.wanted = { kind: 'address', side }
    const parsed = parseHost(this.#operand(ADDRESS), side, { ...this.#context, family: this.#family })
    if ('expected' in parsed) throw this.#error(parsed.expected, -1, parsed)
    this.#family = parsed.family
    this.#narrows = true
    return negated ? { kind: 'not', operand: parsed.condition } : parsed.condition
  }

  #port(side: Side): Filter {
    this.wanted = { kind: 'comparison', side }
    const operator = this.#symbol()
    if (operator !== undefined) this.wanted = { kind: 'port', side }
    const compared = operator === '<' || operator === '<=' || operator === '>' || operator === '>='
    const negated = compared ? false : this.#equalOrNot()
    if (compared) this.#next++
    this.#narrows = true
    const port = parsePort(this.#operand(PORT).replace(/^:/, ''), this.#context)
    if (typeof port === 'object') throw this.#error(port.expected, -1)
    if (compared) {
      if (port === undefined) throw this.#error('a port number', -1)
      return { kind: 'port', side, operator, port } satisfies PortCondition
    }
    const condition: Filter = port === undefined ? { kind: 'host', side } : { kind: 'host', side, port }
    return negated ? { kind: 'not', operand: condition } : condition
  }

  #equality(parse: (word: string) => Filter | undefined, expected: string): Filter {
    const isDevice = this.#peek() === 'dev'
    this.#next++
    const negated = this.#equalOrNot()
    this.wanted = { kind: isDevice ? 'device' : 'other' }
    const condition = parse(this.#operand(expected))
    if (condition === undefined) throw this.#error(expected, -1)
    return negated ? { kind: 'not', operand: condition } : condition
  }

  /** Consumes an optional `=` or `!=`; true for the latter. */
  #equalOrNot(): boolean {
    const symbol = this.#symbol()
    if (symbol === '=' || symbol === '!=') this.#next++
    return symbol === '!='
  }

  /** The word that a condition compares with. A symbol there is a condition left open, not a name. */
  #operand(expected: string): string {
    const word = this.#peek()
    if (word === undefined || this.#symbol() !== undefined) throw this.#error(expected)
    this.#next++
    return word
  }

  #peek(): string | undefined {
    return this.#words[this.#next]?.text
  }

  #isQuoted(): boolean {
    return this.#words[this.#next]?.isQuoted === true
  }

  #symbol(): Symbol | undefined {
    const word = this.#isQuoted() ? undefined : this.#peek()
    return word !== undefined && Object.hasOwn(SYMBOLS, word) ? SYMBOLS[word] : undefined
  }

  #error(expected: string, offset: 0 | -1 = 0, { at = 0 }: Partial<Expectation> = {}): UsageError {
    const word = this.#words[this.#next + offset]
    const problem = word === undefined ? 'the filter ends too early' : 'cannot understand'
    const position = this.#next + offset + 1
    const end = this.#words.at(-1)?.span ?? { start: 0, length: 0 }
    const span =
      word === undefined
        ? { start: end.start + end.length, length: 0 }
        : { start: word.span.start + at, length: word.span.length - at }
    return new UsageError({
      tool: 'ss',
      problem,
      token: word?.text ?? '',
      position,
      unit: 'filter word',
      expected,
      span,
    })
  }
}

/** Words with which a condition of ss begins. */
const CONDITION_WORDS: ReadonlySet<string> = new Set(CONDITIONS.split(/, | or /))

const NESTING_MAX = 100
const ADDRESS = 'an address such as 10.0.0.0/8, [::1]:80 or *:80'
const PORT = 'a port such as :80, :http or :*'
const STATE = 'a state such as close-wait, time-wait, listening, connected or all'

function parseMark(word: string): Filter | undefined {
  const match = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(word)
  if (match === null) return undefined
  const value = Number(match[1])
  const mask = match[2] === undefined ? 0xffffffff : Number(match[2])
  return value > 0xffffffff || mask > 0xffffffff ? undefined : { kind: 'mark', value, mask }
}

/** ss wants the directory under the mounted hierarchy; a path within it, as ss prints it, is taken too. */
function parseCgroup(word: string): Filter | undefined {
  const path = word.replace(/^\/sys\/fs\/cgroup(?=\/|$)/, '')
  return word.startsWith('/') ? { kind: 'cgroup', path: path === '' ? '/' : path } : undefined
}
