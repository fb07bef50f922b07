import { Unsupported } from '../run/outcome.ts'
import type { ListItem, Redirection, ShellNode } from './syntax.ts'
import { parenthesesEnd, type ShellToken, shellTokens } from './tokens.ts'

const REDIRECTIONS: Readonly<Record<string, Redirection['kind']>> = {
  '>': 'write',
  '>|': 'write',
  '&>': 'write',
  '>>': 'append',
  '&>>': 'append',
  '<': 'read',
  '<<<': 'text',
  '<<': 'text',
  '<<-': 'text',
  '>&': 'same',
  '<&': 'same',
}
const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/
const CLOSERS = new Set(['then', 'do', 'done', 'fi', 'elif', 'else', 'esac', '}'])

/** Reads a shell script. @throws {Unsupported} for what is no part of the shell that is known here */
export function parseShellScript(text: string): ShellNode {
  const parser = new ShellParser(text)
  const list = parser.list()
  if (!parser.atEnd) throw new Unsupported(`command ${text.trim().slice(0, 80)}: "${parser.found}" is out of place`)
  return list
}

class ShellParser {
  readonly #text: string
  readonly #tokens: readonly ShellToken[]
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = shellTokens(text)
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  get found(): string {
    return this.#peek?.text ?? 'the end'
  }

  get #peek(): ShellToken | undefined {
    return this.#tokens[this.#at]
  }

  #sees(kind: ShellToken['kind'], text: string): boolean {
    const token = this.#peek
    return token?.kind === kind && token.text === text
  }

  #has(text: string, kind: ShellToken['kind'] = 'word'): boolean {
    if (!this.#sees(kind, text)) return false
    this.#at++
    return true
  }

  #expect(text: string, kind: ShellToken['kind'] = 'word'): void {
    if (!this.#has(text, kind)) throw new Unsupported(`command with "${this.found}" where "${text}" is due`)
  }

  #skipLines(): void {
    while (this.#has('\n', 'operator'));
  }

  /** Pipelines one behind the other, until a word that closes what they stand in. */
  list(): ShellNode {
    const items: ListItem[] = []
    let when: ListItem['when'] = ';'
    for (;;) {
      if (when === ';') while (this.#has('\n', 'operator') || this.#has(';', 'operator'));
      else this.#skipLines()
      const token = this.#peek
      if (token === undefined || this.#closes(token)) break
      const node = this.#pipeline()
      const background = this.#has('&', 'operator')
      items.push({ when, node, background })
      when = this.#has('&&', 'operator') ? '&&' : this.#has('||', 'operator') ? '||' : ';'
      if (when === ';' && !background && !this.#isSeparated())
        throw new Unsupported(`command with "${this.found}" where its end is due`)
    }
    return { kind: 'list', items }
  }

  #isSeparated(): boolean {
    const token = this.#peek
    return token === undefined || this.#closes(token) || (token.kind === 'operator' && /^[;\n]$/.test(token.text))
  }

  #closes({ kind, text }: ShellToken): boolean {
    return kind === 'operator' ? text === ')' || text === ';;' : CLOSERS.has(text)
  }

  #pipeline(): ShellNode {
    const inverted = this.#has('!')
    const parts = [this.#command()]
    while (this.#has('|', 'operator') || this.#has('|&', 'operator')) {
      this.#skipLines()
      parts.push(this.#command())
    }
    return parts.length === 1 && !inverted ? (parts[0] as ShellNode) : { kind: 'pipeline', inverted, parts }
  }

  #command(): ShellNode {
    if (this.#sees('operator', '(')) return this.#parenthesised()
    switch (this.#peek?.kind === 'word' ? this.#peek.text : '') {
      case 'if':
        return this.#redirected(this.#if())
      case 'for':
        return this.#redirected(this.#for())
      case 'while':
      case 'until':
        return this.#redirected(this.#while())
      case 'case':
        return this.#redirected(this.#case())
      case '{':
        return this.#redirected(this.#braces())
      case 'function': {
        this.#at++
        const name = this.#word('the name of a function')
        if (this.#has('(', 'operator')) this.#expect(')', 'operator')
        return this.#function(name)
      }
      case '[[':
        return this.#condition()
      default:
        return this.#simple()
    }
  }

  /** `( … )`, or `(( sum ))`, which is true where the sum is not 0. */
  #parenthesised(): ShellNode {
    const start = this.#peek?.start ?? 0
    if (this.#text.startsWith('((', start)) {
      const end = parenthesesEnd(this.#text, start)
      while ((this.#peek?.start ?? end) < end) this.#at++
      return this.#redirected(sumCommand(this.#text.slice(start + 2, end - 2)))
    }
    this.#at++
    const body = this.list()
    this.#expect(')', 'operator')
    return this.#redirected({ kind: 'subshell', body })
  }

  #redirected(body: ShellNode): ShellNode {
    const redirections: Redirection[] = []
    for (let one = this.#redirection(); one !== null; one = this.#redirection()) redirections.push(one)
    return redirections.length === 0 ? body : { kind: 'group', body, redirections }
  }

  #word(what: string): string {
    const token = this.#peek
    if (token?.kind === 'operator' || token === undefined)
      throw new Unsupported(`command with "${this.found}" where ${what} is due`)
    this.#at++
    return token.text
  }

  #if(): ShellNode {
    this.#at++
    const clauses: [ShellNode, ShellNode][] = []
    let otherwise: ShellNode | null = null
    do {
      const test = this.list()
      this.#expect('then')
      clauses.push([test, this.list()])
    } while (this.#has('elif'))
    if (this.#has('else')) otherwise = this.list()
    this.#expect('fi')
    return { kind: 'if', clauses, otherwise }
  }

  /** `((a; b; c))` of a `for`. */
  #sums(): [first: ShellNode, test: ShellNode, step: ShellNode] {
    const start = this.#peek?.start ?? 0
    const end = parenthesesEnd(this.#text, start)
    while ((this.#peek?.start ?? end) < end) this.#at++
    const sums = this.#text.slice(start + 2, end - 2).split(';')
    if (sums.length !== 3) throw new Unsupported(`command for ${this.#text.slice(start, end)}`)
    return sums.map((sum) => sumCommand(sum.trim() || '1')) as [ShellNode, ShellNode, ShellNode]
  }

  #for(): ShellNode {
    this.#at++
    if (this.#text.startsWith('((', this.#peek?.start ?? 0)) {
      const [first, test, step] = this.#sums()
      this.#has(';', 'operator')
      const loop = { kind: 'while', until: false, test, body: this.#loopBody(), step } as const
      return { kind: 'list', items: [first, loop].map((node) => ({ when: ';', node, background: false })) }
    }
    const name = this.#word('the name of a variable')
    this.#skipLines()
    let words: string[] | null = null
    if (this.#has('in')) {
      words = []
      while (this.#peek !== undefined && this.#peek.kind !== 'operator') words.push(this.#word('a word'))
    }
    this.#has(';', 'operator')
    return { kind: 'for', name, words, body: this.#loopBody() }
  }

  #while(): ShellNode {
    const until = this.#word('while') === 'until'
    const test = this.list()
    return { kind: 'while', until, test, body: this.#loopBody() }
  }

  #loopBody(): ShellNode {
    this.#skipLines()
    this.#expect('do')
    const body = this.list()
    this.#expect('done')
    return body
  }

  #case(): ShellNode {
    this.#at++
    const word = this.#word('a word')
    this.#skipLines()
    this.#expect('in')
    this.#skipLines()
    const clauses: { patterns: string[]; body: ShellNode }[] = []
    while (!this.#has('esac')) {
      this.#has('(', 'operator')
      const patterns = [this.#word('a pattern')]
      while (this.#has('|', 'operator')) patterns.push(this.#word('a pattern'))
      this.#expect(')', 'operator')
      clauses.push({ patterns, body: this.list() })
      if (!this.#has(';;', 'operator') && !this.#sees('word', 'esac')) this.#expect('esac')
      this.#skipLines()
    }
    return { kind: 'case', word, clauses }
  }

  #braces(): ShellNode {
    this.#at++
    const body = this.list()
    this.#expect('}')
    return body
  }

  #function(name: string): ShellNode {
    this.#skipLines()
    return { kind: 'function', name, body: this.#command() }
  }

  /** `[[ … ]]`: what are operators elsewhere are words here. */
  #condition(): ShellNode {
    const start = this.#peek?.start ?? 0
    const words: string[] = []
    while (!this.#sees('word', ']]')) {
      const token = this.#peek
      if (token === undefined) throw new Unsupported('command [[ without ]]')
      words.push(token.kind === 'operator' ? `'${token.text}'` : token.text)
      this.#at++
    }
    const end = this.#peek?.end ?? this.#text.length
    words.push(this.#word(']]'))
    return this.#redirected({
      kind: 'command',
      assignments: [],
      words,
      redirections: [],
      text: this.#text.slice(start, end),
    })
  }

  #simple(): ShellNode {
    const start = this.#peek?.start ?? 0
    const assignments: [string, string][] = []
    const words: string[] = []
    const redirections: Redirection[] = []
    for (;;) {
      const redirection = this.#redirection()
      if (redirection !== null) {
        redirections.push(redirection)
        continue
      }
      const token = this.#peek
      if (token === undefined || token.kind === 'operator') break
      const [, name = '', more = '', value = ''] = (words.length === 0 && ASSIGNMENT.exec(token.text)) || []
      if (name !== '') assignments.push([name, more === '' ? value : `\${${name}}${value}`])
      else words.push(token.text)
      this.#at++
      if (words.length === 1 && assignments.length === 0 && this.#sees('operator', '(')) {
        this.#at++
        this.#expect(')', 'operator')
        return this.#function(token.text)
      }
    }
    const end = this.#tokens[this.#at - 1]?.end ?? start
    if (words.length + assignments.length + redirections.length === 0)
      throw new Unsupported(`command with "${this.found}" where a command is due`)
    return { kind: 'command', assignments, words, redirections, text: this.#text.slice(start, end) }
  }

  #redirection(): Redirection | null {
    const [token, next] = [this.#peek, this.#tokens[this.#at + 1]]
    const operator = token?.kind === 'number' ? next : token
    const kind = operator?.kind === 'operator' ? REDIRECTIONS[operator.text] : undefined
    if (operator === undefined || kind === undefined) return null
    this.#at += token?.kind === 'number' ? 2 : 1
    const target = this.#word('a file')
    const isInput = operator.text.startsWith('<')
    const named = token?.kind === 'number' ? (Number(token.text) as 0 | 1 | 2) : null
    if (operator.text.startsWith('&')) return { kind, stream: null, target }
    if (kind === 'same' && !/^[\d-]$/.test(target)) return { kind: 'write', stream: null, target }
    return { kind, stream: named ?? (isInput ? 0 : 1), target }
  }
}

/** `(( sum ))` */
function sumCommand(sum: string): ShellNode {
  const words = ['let', `"${sum.replaceAll('"', '')}"`]
  return { kind: 'command', assignments: [], words, redirections: [], text: `((${sum}))` }
}
