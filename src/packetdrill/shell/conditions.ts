import { Unsupported } from '../run/outcome.ts'
import { regularExpression } from './regular-expression.ts'

/** What `test` asks of files and variables. */
export interface TestWorld {
  /** Whether there is such a file, by the letter that asks: `e`, `f`, `d`, `r`, `w`, `x`, `s`. */
  exists(path: string, kind: string): boolean
  isSet(name: string): boolean
  /** A pattern of `[[ … == … ]]`; null: it stands for itself. */
  pattern(index: number): RegExp | null
}

const PRECEDENCE: readonly (readonly string[])[] = [
  ['||', '-o'],
  ['&&', '-a'],
]

/** `test …`, `[ … ]` and `[[ … ]]`, without their brackets: whether it is true. @throws {Unsupported} for what it does not know */
export function isMet(words: readonly string[], world: TestWorld): boolean {
  const condition = new Condition(words, world)
  return words.length > 0 && condition.whole()
}

class Condition {
  readonly #words: readonly string[]
  readonly #world: TestWorld
  #at = 0

  constructor(words: readonly string[], world: TestWorld) {
    this.#words = words
    this.#world = world
  }

  #refuse(): never {
    throw new Unsupported(`command test ${this.#words.join(' ')}`)
  }

  whole(): boolean {
    // One word alone is true where it is not empty, whatever it looks like.
    if (this.#words.length === 1) return this.#words[0] !== ''
    const met = this.#joined(0)
    return this.#at === this.#words.length ? met : this.#refuse()
  }

  #joined(level: number): boolean {
    const operators = PRECEDENCE[level]
    if (operators === undefined) return this.#single()
    let met = this.#joined(level + 1)
    while (operators.includes(this.#words[this.#at] ?? '')) {
      this.#at++
      const other = this.#joined(level + 1)
      met = level === 0 ? met || other : met && other
    }
    return met
  }

  #single(): boolean {
    const [first, second, third] = this.#words.slice(this.#at, this.#at + 3)
    if (first === undefined) this.#refuse()
    if (second !== undefined && third !== undefined && isComparison(second)) {
      this.#at += 3
      return this.#compared(first, second, third, this.#at - 1)
    }
    this.#at++
    if (first === '!') return !this.#single()
    if (first === '(') {
      const met = this.#joined(0)
      if (this.#words[this.#at++] !== ')') this.#refuse()
      return met
    }
    if (second === undefined || !/^-[a-zA-Z]$/.test(first)) return first !== ''
    this.#at++
    return this.#asked(first[1] as string, second)
  }

  #asked(kind: string, operand: string): boolean {
    if (kind === 'z') return operand === ''
    if (kind === 'n') return operand !== ''
    if (kind === 'v') return this.#world.isSet(operand)
    if (kind === 't') return false
    return 'efdrwxsL'.includes(kind) ? this.#world.exists(operand, kind) : this.#refuse()
  }

  #compared(left: string, operator: string, right: string, place: number): boolean {
    if (operator === '=~') return regularExpression(right).test(left)
    if (operator === '=' || operator === '==' || operator === '!=') {
      const pattern = this.#world.pattern(place)
      const same = pattern === null ? left === right : pattern.test(left)
      return same === (operator !== '!=')
    }
    if (operator === '<') return left < right
    if (operator === '>') return left > right
    const [a, b] = [Number(left), Number(right)]
    if (left.trim() === '' || right.trim() === '' || Number.isNaN(a) || Number.isNaN(b)) this.#refuse()
    return { '-eq': a === b, '-ne': a !== b, '-lt': a < b, '-le': a <= b, '-gt': a > b }[operator] ?? a >= b
  }
}

function isComparison(word: string): boolean {
  return /^(?:=|==|!=|=~|<|>|-(?:eq|ne|lt|le|gt|ge))$/.test(word)
}
