import { Unsupported } from '../run/outcome.ts'
import type { ShellScope } from './scope.ts'

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|\+\+|--|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:(),])/y
/** Binary operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
]

/** Whole numbers as the shell reckons with them: `$((…))`, with variables, assignments and comparisons. */
export function arithmetic(text: string, scope: ShellScope): number {
  return new Sum(text, scope).whole()
}

class Sum {
  readonly #text: string
  readonly #scope: ShellScope
  readonly #tokens: string[] = []
  #at = 0

  constructor(text: string, scope: ShellScope) {
    this.#text = text
    this.#scope = scope
    const source = text.trim()
    for (let at = 0; at < source.length; ) {
      TOKEN.lastIndex = at
      const match = TOKEN.exec(source)
      if (match === null) this.#refuse()
      this.#tokens.push(match[1] as string)
      at += match[0].length
    }
  }

  #refuse(): never {
    throw new Unsupported(`shell arithmetic $((${this.#text}))`)
  }

  whole(): number {
    if (this.#tokens.length === 0) return 0
    let value = this.#assignment()
    while (this.#has(',')) value = this.#assignment()
    if (this.#at < this.#tokens.length) this.#refuse()
    return value
  }

  #has(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }

  #assignment(): number {
    const [name = '', operator = ''] = this.#tokens.slice(this.#at, this.#at + 2)
    if (!/^[A-Za-z_]/.test(name) || !/^(?:[-+*/%&|^]|<<|>>)?=$/.test(operator)) return this.#choice()
    this.#at += 2
    const value = this.#assignment()
    return this.#assign(
      name,
      operator === '=' ? value : this.#combined(operator.slice(0, -1), this.#named(name), value),
    )
  }

  #assign(name: string, value: number): number {
    this.#scope.assign(name, String(value))
    return value
  }

  #named(name: string): number {
    const text = this.#scope.variable(name) ?? ''
    if (text.trim() === '') return 0
    const value = Number(text)
    return Number.isInteger(value) ? value : this.#refuse()
  }

  #choice(): number {
    const test = this.#binary(0)
    if (!this.#has('?')) return test
    const yes = this.#assignment()
    if (!this.#has(':')) this.#refuse()
    const no = this.#assignment()
    return test === 0 ? no : yes
  }

  #binary(level: number): number {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = this.#tokens[this.#at] ?? ''
      if (!operators.includes(operator)) return left
      this.#at++
      left = this.#combined(operator, left, this.#binary(level + 1))
    }
  }

  #unary(): number {
    const token = this.#tokens[this.#at++] ?? this.#refuse()
    if (token === '(') {
      const value = this.#assignment()
      return this.#has(')') ? value : this.#refuse()
    }
    if (token === '-') return -this.#unary()
    if (token === '+') return this.#unary()
    if (token === '!') return this.#unary() === 0 ? 1 : 0
    if (token === '~') return -this.#unary() - 1
    if (token === '++' || token === '--') {
      const name = this.#tokens[this.#at++] ?? ''
      return this.#assign(name, this.#named(name) + (token === '++' ? 1 : -1))
    }
    if (/^\d/.test(token)) return Number(/^0\d/.test(token) ? `0o${token.slice(1)}` : token)
    if (!/^[A-Za-z_]/.test(token)) this.#refuse()
    const value = this.#named(token)
    if (this.#has('++')) this.#assign(token, value + 1)
    else if (this.#has('--')) this.#assign(token, value - 1)
    return value
  }

  #combined(operator: string, a: number, b: number): number {
    if ((operator === '/' || operator === '%') && b === 0) this.#refuse()
    switch (operator) {
      case '+':
        return a + b
      case '-':
        return a - b
      case '*':
        return a * b
      case '/':
        return Math.trunc(a / b)
      case '%':
        return a % b
      case '**':
        return a ** b
      case '<<':
        return a * 2 ** b
      case '>>':
        return Math.floor(a / 2 ** b)
      default:
        return bitsOrTruth(operator, a, b)
    }
  }
}

function bitsOrTruth(operator: string, a: number, b: number): number {
  switch (operator) {
    case '&':
      return Number(BigInt(a) & BigInt(b))
    case '|':
      return Number(BigInt(a) | BigInt(b))
    case '^':
      return Number(BigInt(a) ^ BigInt(b))
    case '&&':
      return Number(a !== 0 && b !== 0)
    case '||':
      return Number(a !== 0 || b !== 0)
    case '==':
      return Number(a === b)
    case '!=':
      return Number(a !== b)
    case '<':
      return Number(a < b)
    case '<=':
      return Number(a <= b)
    case '>':
      return Number(a > b)
    default:
      return Number(a >= b)
  }
}
