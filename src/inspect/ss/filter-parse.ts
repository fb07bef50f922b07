import type { Operand } from '../getopt.ts'
import { UsageError } from '../usage-error.ts'
import type { Filter, PortCondition, Side } from './filter.ts'
import { type HostContext, parseHost, parsePort } from './filter-host.ts'

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
  const words = operands.flatMap((operand) => splitWords(operand.text))
  if (words.length === 0) return { filter: undefined, family: undefined }
  const parser = new Parser(words, context)
  return { filter: parser.whole(), family: parser.family }
}

/** Words are set apart by blanks; a backslash keeps the character behind it. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:\\[\s\S]?|[^ \t\\])+/g) ?? []
  return words.map((word) => word.replace(/\\([\s\S]?)/g, '$1'))
}

class Parser {
  readonly #words: readonly string[]
  readonly #context: HostContext
  #next = 0
  #depth = 0
  #family: 4 | 6 | 0 | undefined
  #narrows = false

  constructor(words: readonly string[], context: HostContext) {
    this.#words = words
    this.#context = context
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
    for (;;) {
      const word = this.#peek()
      if (word === undefined || this.#symbol() === ')') return left
      const joined = this.#symbol()
      if (joined === '&' || joined === '|') this.#next++
      const right = this.#expression()
      left = { kind: joined === '|' ? 'or' : 'and', left, right }
    }
  }

  #expression(): Filter {
    const symbol = this.#symbol()
    if (symbol === '(') return this.#parenthesised()
    if (symbol === '!') return { kind: 'not', operand: this.#nested(() => this.#expression()) }
    const word = this.#peek()
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
    const parsed = parseHost(this.#operand(ADDRESS), side, { ...this.#context, family: this.#family })
    if ('expected' in parsed) throw this.#error(parsed.expected, -1)
    this.#family = parsed.family
    this.#narrows = true
    return negated ? { kind: 'not', operand: parsed.condition } : parsed.condition
  }

  #port(side: Side): Filter {
    const operator = this.#symbol()
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
    this.#next++
    const negated = this.#equalOrNot()
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
    return this.#words[this.#next]
  }

  #symbol(): Symbol | undefined {
    const word = this.#peek()
    return word !== undefined && Object.hasOwn(SYMBOLS, word) ? SYMBOLS[word] : undefined
  }

  #error(expected: string, offset: 0 | -1 = 0): UsageError {
    const token = this.#words[this.#next + offset]
    const problem = token === undefined ? 'the filter ends too early' : 'cannot understand'
    const position = this.#next + offset + 1
    return new UsageError({ tool: 'ss', problem, token: token ?? '', position, unit: 'filter word', expected })
  }
}

const NESTING_MAX = 100
const ADDRESS = 'an address such as 10.0.0.0/8, [::1]:80 or *:80'
const PORT = 'a port such as :80, :http or :*'

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
