import { Unsupported } from '../run/outcome.ts'
import { regularExpression } from './regular-expression.ts'

/** What awk reckons with: text and number at once. `isNumber`: it compares as one. */
export interface AwkValue {
  readonly text: string
  readonly number: number
  readonly isNumber: boolean
}

/** What a program sees while it runs. */
export interface AwkScope {
  /** The line, and behind it its fields. */
  fields: readonly string[]
  readonly variables: Map<string, AwkValue>
}

/** A part of a program, ready to be reckoned. */
export type AwkExpression = (scope: AwkScope) => AwkValue

const NUMERIC = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/
const TOKEN =
  /[ \t]*(\/\/.*|#.*|\d+\.?\d*|\.\d+|[A-Za-z_]\w*|"(?:\\.|[^"\\])*"|\+\+|--|&&|\|\||[-+*/%]=|[<>=!]=|!~|[\n;{}(),$~!<>=+\-*/%?:])/y
const REGEX = /[ \t]*\/((?:\\.|[^/\\\n])+)\//y
const COMPARISONS: readonly string[] = ['<', '<=', '==', '!=', '>', '>=']
/** What a value may begin with: behind another value, such a token joins the two. */
const BEGINS_VALUE = /^(?:[\w"$.(]|!$)/
const KEYWORDS = /^(?:in|if|else|print|printf|exit|next|getline)$/

/** A number; its text has six digits at most, whole numbers all of theirs. */
export function numberValue(number: number): AwkValue {
  return {
    text: Number.isInteger(number) ? String(number) : String(Number(number.toPrecision(6))),
    number,
    isNumber: true,
  }
}

function textValue(text: string): AwkValue {
  return { text, number: Number.parseFloat(text) || 0, isNumber: false }
}

/** What came from outside is a number where it looks like one. */
export function fieldValue(text: string): AwkValue {
  return { ...textValue(text), isNumber: NUMERIC.test(text) }
}

function isTrue(value: AwkValue): boolean {
  return value.isNumber ? value.number !== 0 : value.text !== ''
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_all, one: string) => ({ n: '\n', t: '\t' })[one] ?? one)
}

/** Reads the expressions of a program of awk's. */
export class AwkReader {
  readonly #source: string
  readonly #command: string
  #at = 0

  constructor(source: string, command: string) {
    this.#source = source
    this.#command = command
  }

  refuse(): never {
    throw new Unsupported(`command ${this.#command}`)
  }

  /** The next token, which stays; empty at the end. */
  peek(): string {
    if (this.#source.slice(this.#at).trim() === '') return this.#source.slice(this.#at).includes('\n') ? '\n' : ''
    TOKEN.lastIndex = this.#at
    return TOKEN.exec(this.#source)?.[1] ?? this.refuse()
  }

  has(token: string): boolean {
    if (this.peek() !== token) return false
    this.#next()
    return true
  }

  expect(token: string): void {
    if (!this.has(token)) this.refuse()
  }

  skipEnds(): void {
    while (this.has(';') || this.has('\n'));
  }

  #next(): string {
    const token = this.peek()
    TOKEN.lastIndex = this.#at
    this.#at = TOKEN.exec(this.#source) === null ? this.#source.length : TOKEN.lastIndex
    return token
  }

  /** `list`: behind print, where `>` is not a comparison but writes into a file. */
  expression(list = false): AwkExpression {
    const test = this.#binary(0, list)
    if (!this.has('?')) return test
    const yes = this.expression(list)
    this.expect(':')
    const no = this.expression(list)
    return (scope) => (isTrue(test(scope)) ? yes(scope) : no(scope))
  }

  #binary(level: number, list: boolean): AwkExpression {
    const next = (): AwkExpression => (level === LEVELS.length - 1 ? this.#unary() : this.#binary(level + 1, list))
    const operators = LEVELS[level] as readonly string[]
    let left = next()
    for (;;) {
      const token = this.peek()
      if (operators[0] === '' ? joins(token) : operators.includes(token) && !(list && token === '>')) {
        if (operators[0] !== '') this.#next()
        left = operation(operators[0] === '' ? '' : token, left, next())
      } else return left
    }
  }

  #unary(): AwkExpression {
    if (this.has('!')) {
      const negated = this.#unary()
      return (scope) => numberValue(isTrue(negated(scope)) ? 0 : 1)
    }
    if (this.has('-')) {
      const negated = this.#unary()
      return (scope) => numberValue(-negated(scope).number)
    }
    if (this.has('+')) return this.#unary()
    return this.#primary()
  }

  #primary(): AwkExpression {
    REGEX.lastIndex = this.#at
    const regex = REGEX.exec(this.#source)
    if (regex !== null) {
      this.#at = REGEX.lastIndex
      const pattern = regularExpression((regex[1] as string).replaceAll('\\/', '/'))
      // Bare, it is asked of the line; beside `~` its text is what counts.
      return Object.assign((scope: AwkScope) => numberValue(pattern.test(scope.fields[0] ?? '') ? 1 : 0), { pattern })
    }
    if (this.has('(')) {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    if (this.has('$')) {
      const which = this.#primary()
      return (scope) => fieldValue(scope.fields[which(scope).number] ?? '')
    }
    const token = this.#next()
    if (token.startsWith('"')) {
      const text = textValue(unescaped(token.slice(1, -1)))
      return () => text
    }
    if (/^[\d.]/.test(token)) return () => numberValue(Number(token))
    if (!/^[A-Za-z_]/.test(token) || KEYWORDS.test(token)) this.refuse()
    return this.peek() === '(' ? this.#called(token) : this.#variable(token)
  }

  #called(name: string): AwkExpression {
    const call = (Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined) ?? this.refuse()
    this.expect('(')
    const args: AwkExpression[] = []
    while (!this.has(')')) {
      args.push(this.expression())
      if (this.peek() !== ')') this.expect(',')
    }
    return (scope) =>
      call(
        args.map((arg) => arg(scope)),
        scope,
      )
  }

  #variable(name: string): AwkExpression {
    const value: AwkExpression = (scope) => {
      if (name === 'NF') return numberValue(scope.fields.length - 1)
      return scope.variables.get(name) ?? { text: '', number: 0, isNumber: false }
    }
    const assigned =
      (what: AwkExpression, before = false): AwkExpression =>
      (scope) => {
        const [old, fresh] = [value(scope), what(scope)]
        scope.variables.set(name, fresh)
        return before ? numberValue(old.number) : fresh
      }
    const one: AwkExpression = () => numberValue(1)
    if (this.has('=')) return assigned(this.expression())
    for (const operator of ['+', '-', '*', '/', '%'])
      if (this.has(`${operator}=`)) return assigned(operation(operator, value, this.expression()))
    if (this.has('++')) return assigned(operation('+', value, one), true)
    if (this.has('--')) return assigned(operation('-', value, one), true)
    return value
  }
}

/** Binary operators from the loosest to the tightest; `` joins text. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['~', '!~'],
  COMPARISONS,
  [''],
  ['+', '-'],
  ['*', '/', '%'],
]

const FUNCTIONS: Readonly<Record<string, (args: readonly AwkValue[], scope: AwkScope) => AwkValue>> = {
  length: ([text], { fields }) => numberValue((text?.text ?? fields[0] ?? '').length),
  int: ([value]) => numberValue(Math.trunc(value?.number ?? 0)),
  index: ([text, part]) => numberValue((text?.text ?? '').indexOf(part?.text ?? '') + 1),
  substr: ([text, from, length]) => {
    const start = (from?.number ?? 1) - 1
    return fieldValue(
      (text?.text ?? '').slice(Math.max(0, start), length === undefined ? undefined : start + length.number),
    )
  },
  toupper: ([text]) => textValue((text?.text ?? '').toUpperCase()),
  tolower: ([text]) => textValue((text?.text ?? '').toLowerCase()),
}

function joins(token: string): boolean {
  return BEGINS_VALUE.test(token) && token !== '!' && !KEYWORDS.test(token)
}

function operation(operator: string, left: AwkExpression, right: AwkExpression): AwkExpression {
  const truth = (one: boolean): AwkValue => numberValue(one ? 1 : 0)
  switch (operator) {
    case '':
      return (scope) => textValue(left(scope).text + right(scope).text)
    case '||':
      return (scope) => truth(isTrue(left(scope)) || isTrue(right(scope)))
    case '&&':
      return (scope) => truth(isTrue(left(scope)) && isTrue(right(scope)))
    case '~':
    case '!~':
      return (scope) => truth(patternOf(right, scope).test(left(scope).text) === (operator === '~'))
    default:
      if (COMPARISONS.includes(operator)) return (scope) => truth(compared(operator, left(scope), right(scope)))
      return (scope) => numberValue(reckoned(operator, left(scope).number, right(scope).number))
  }
}

function patternOf(expression: AwkExpression & { pattern?: RegExp }, scope: AwkScope): RegExp {
  return expression.pattern ?? regularExpression(expression(scope).text)
}

function compared(operator: string, left: AwkValue, right: AwkValue): boolean {
  const unset = (value: AwkValue): boolean => value.text === '' && !value.isNumber
  const asNumbers = (left.isNumber || unset(left)) && (right.isNumber || unset(right)) && !(unset(left) && unset(right))
  const [a, b] = asNumbers ? [left.number, right.number] : [left.text, right.text]
  switch (operator) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '>':
      return a > b
    default:
      return a >= b
  }
}

/** @throws {Unsupported} for a division by zero: one awk ends with an error, another goes on with infinity */
function reckoned(operator: string, a: number, b: number): number {
  if (b === 0 && /[/%]/.test(operator)) throw new Unsupported('command awk with a division by zero')
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    default:
      return a % b
  }
}

/** Whether a pattern lets a line pass. */
export function passes(pattern: AwkExpression, scope: AwkScope): boolean {
  return isTrue(pattern(scope))
}
