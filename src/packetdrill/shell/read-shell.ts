import { Unsupported } from '../run/outcome.ts'

/** What a command's words are taken from: variables, and what `$(…)` prints. */
export interface ShellScope {
  variable(name: string): string | undefined
  substitute(command: string): string
}

/** Commands joined by `|`. */
export interface Pipeline {
  /** When it runs: always, or by the status of the one before it. */
  readonly when: ';' | '&&' | '||'
  /** Each command's text, not yet divided into words. */
  readonly commands: readonly string[]
}

const REDIRECTION = /\s*(?:\d?>>?\s*(?:&\d|[\w./]+)|&>\s*[\w./]+|<\s*\/dev\/null)/g

/** Divides a shell script into pipelines. */
export function readShell(text: string): Pipeline[] {
  const pipelines: Pipeline[] = []
  let when: Pipeline['when'] = ';'
  let commands: string[] = []
  let command = ''
  const endCommand = (): void => {
    if (command.trim() !== '') commands.push(command.trim())
    command = ''
  }
  const endPipeline = (next: Pipeline['when']): void => {
    endCommand()
    if (commands.length > 0) pipelines.push({ when, commands })
    commands = []
    when = next
  }
  for (const [piece] of text
    .replace(/\\\r?\n/g, ' ')
    .matchAll(
      /'[^']*'|"(?:\\.|\$\([^)]*\)+|[^"\\])*"|\$\(\((?:[^)]|\)(?!\)))*\)\)|\$\([^)]*\)|(?<=^|\s)#[^\n]*|&&|\|\||[\s\S]/g,
    )) {
    if (piece === '&&' || piece === '||') endPipeline(piece)
    else if (piece === '\n' || piece === ';') endPipeline(';')
    else if (piece === '|') endCommand()
    else if (!piece.startsWith('#')) command += piece
  }
  endPipeline(';')
  return pipelines
}

/** The words of one command, variables and arithmetic put in, redirections left out. */
export function wordsOf(command: string, scope: ShellScope): string[] {
  const words: string[] = []
  const text = command.replace(REDIRECTION, ' ')
  for (const [word] of text.matchAll(
    /(?:'[^']*'|"(?:\\.|\$\([^)]*\)+|[^"\\])*"|\$\(\((?:[^)]|\)(?!\)))*\)\)|\$\([^)]*\)|\S)+/g,
  )) {
    words.push(expandWord(word, scope))
  }
  return words
}

function expandWord(word: string, scope: ShellScope): string {
  return word.replace(
    /'([^']*)'|"((?:\\.|\$\([^)]*\)+|[^"\\])*)"|([^'"]+)/g,
    (_all, single?: string, double?: string, bare?: string) =>
      single !== undefined ? single : expand(double ?? bare ?? '', scope),
  )
}

/** `$NAME`, `${NAME}`, `$((1024 * 4))`, `$(sysctl -n …)`. */
function expand(text: string, scope: ShellScope): string {
  return text.replace(
    /\$\(\(((?:[^)]|\)(?!\)))*)\)\)|\$\(([^)]*)\)|\$\{(\w+)\}|\$(\w+)|\\(.)/g,
    (_all, sum?: string, command?: string, braced?: string, plain?: string, escaped?: string) => {
      if (sum !== undefined) return String(arithmetic(sum, scope))
      if (command !== undefined) return scope.substitute(command)
      if (escaped !== undefined) return escaped
      return scope.variable(braced ?? plain ?? '') ?? ''
    },
  )
}

/** Whole numbers with + - * / % << >> & | and parentheses. */
function arithmetic(text: string, scope: ShellScope): number {
  const tokens = text.match(/0x[0-9a-fA-F]+|\d+|\$?\w+|<<|>>|[-+*/%()&|]/g) ?? []
  let at = 0
  const levels = [['|'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']]
  const single = (): number => {
    const token = tokens[at++]
    if (token === '(') {
      const value = binary(0)
      at++
      return value
    }
    if (token === '-') return -single()
    const number = Number(token ?? Number.NaN)
    const value = Number.isNaN(number) ? Number(scope.variable((token ?? '').replace('$', '')) ?? Number.NaN) : number
    if (Number.isNaN(value)) throw new Unsupported(`shell arithmetic $((${text}))`)
    return value
  }
  const binary = (level: number): number => {
    const operators = levels[level]
    if (operators === undefined) return single()
    let left = binary(level + 1)
    while (at < tokens.length && operators.includes(tokens[at] as string)) {
      const operator = tokens[at++] as string
      left = combined(operator, left, binary(level + 1))
    }
    return left
  }
  return binary(0)
}

function combined(operator: string, a: number, b: number): number {
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
    case '<<':
      return a * 2 ** b
    case '>>':
      return Math.floor(a / 2 ** b)
    case '&':
      return Number(BigInt(a) & BigInt(b))
    default:
      return Number(BigInt(a) | BigInt(b))
  }
}
