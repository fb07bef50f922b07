import { type Position, ScriptSyntaxError } from './position.ts'

const BLANK = /(?:\s+|\/\/[^\n]*|#endif(?!\w)|#(?!ifn?def\s|else(?!\w))[^\n]*|\/\*[\s\S]*?\*\/)+/y
/** `#ifdef FreeBSD`: what follows up to `#else` or `#endif` is for hosts of that system, or where `-D` defines the word. */
const CONDITION = /#(?:(ifdef|ifndef)[ \t]+(\w+)|else(?!\w))/y
const DIRECTIVE = /#(?:ifn?def\s|else(?!\w)|endif(?!\w))/g
const SYSTEMS: ReadonlySet<string> = new Set(['freebsd', 'linux', 'netbsd', 'openbsd', 'omnet'])
const INTEGER = /0[xX][0-9a-fA-F]+|\d+/y
const WORD = /[A-Za-z_]\w*/y
// Not behind a dot that begins `...`: in `0...0.1` two numbers stand.
const DECIMAL = /\d+(?:\.(?!\.)\d*)?|\.\d+/y
const WORD_MOST = 2 ** 32 - 1
/** Some hundred days: the longest that a script may wait at once. */
const SECONDS_MAX = 10_000_000
/** How a line begins that is an event of its own. */
const NEXT_EVENT = /^(?:\+\s*[\d.]|\*|`|(?:\d+\.?\d*|\.\d+)(?:\.\.\.|~|\s))/
/** What an error shows of the text that it found, at most. */
const SHOWN_MAX = 30

/**
 * Walks through a script's text. What a number or a word is depends on where it stands (`.5` may be a time or two flags), so there
 * is no list of tokens: each rule of the grammar asks for what it expects, and what it does not find is named with its place.
 */
export class Scanner {
  readonly file: string
  readonly text: string
  /** `-D NAME=value`: words that stand for other text. */
  readonly defines: ReadonlyMap<string, string>
  /** Whose blocks of `#ifdef` are read, in small letters; those of other systems are passed over. */
  readonly system: string
  at = 0
  /** True: the script is to be played, and what can be read but means nothing is refused. */
  isPlayed = false
  /** Where the event begins that is being read; infinite between events. */
  eventAt: number = Number.POSITIVE_INFINITY
  /** The blanks that were passed over last. */
  #gap: { readonly start: number; readonly end: number } = { start: 0, end: 0 }
  readonly #lineStarts: number[] = [0]

  constructor(file: string, text: string, defines: ReadonlyMap<string, string>, system = 'linux') {
    this.file = file
    this.system = system
    this.text = text
    this.defines = defines
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1)
  }

  /** Passes over blanks, comments and what is for other systems. */
  skipBlanks(): void {
    const start = this.at
    do this.pattern(BLANK)
    while (this.#skipOtherSystems())
    if (this.at > start) this.#gap = { start, end: this.at }
    if (this.text.startsWith('/*', this.at)) this.failAt(this.at, 'a comment that does not end', 'expected */')
  }

  /** Passes over an `#ifdef` or `#else` that stands here, and its block unless it is for this system. */
  #skipOtherSystems(): boolean {
    CONDITION.lastIndex = this.at
    const found = CONDITION.exec(this.text)
    if (found === null) return false
    const start = this.at
    this.at += found[0].length
    const [directive, kind, word = ''] = found
    const end = this.#endOfBlock(kind !== undefined)
    const isSystem = SYSTEMS.has(word.toLowerCase())
    if (end === null) {
      if (isSystem) this.failAt(start, `found no end of ${directive}`, 'expected #endif')
      // A remark that happens to begin so.
      this.at = Math.max(this.at, this.text.indexOf('\n', this.at))
      return true
    }
    const holds = word.toLowerCase() === this.system || this.defines.has(word)
    // An `#else` that is met stands behind a block that was read.
    if (kind === undefined || holds !== (kind === 'ifdef')) this.at = end
    return true
  }

  /** Where the block that begins here is over, behind its `#else` (if that counts) or `#endif`; null when it has no end. */
  #endOfBlock(elseEnds: boolean): number | null {
    let depth = 0
    DIRECTIVE.lastIndex = this.at
    for (let found = DIRECTIVE.exec(this.text); found !== null; found = DIRECTIVE.exec(this.text)) {
      const [directive] = found
      if (directive.startsWith('#if')) depth++
      else if (depth === 0 && (elseEnds || directive === '#endif')) return found.index + directive.length
      else if (directive === '#endif') depth--
    }
    return null
  }

  get atEnd(): boolean {
    this.skipBlanks()
    return this.at >= this.text.length
  }

  position(at: number = this.at): Position {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#lineStarts[middle] as number) <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] as number) + 1 }
  }

  /** @throws {ScriptSyntaxError} always: what stands here is not what was expected. */
  fail(expected: string): never {
    this.skipBlanks()
    const end = this.#endOfEvent()
    const found = end === null || this.at >= this.text.length ? this.#found() : 'the end of the line'
    this.failAt(end ?? this.at, `found ${found}`, `expected ${expected}`)
  }

  /** @throws {ScriptSyntaxError} always. */
  failAt(at: number, what: string, expected: string): never {
    throw new ScriptSyntaxError(this.file, this.position(at), `${what}, ${expected}`)
  }

  /** Refuses what means nothing. @param wrong what was found and what is expected; null: nothing is wrong */
  refuse(at: number, wrong: readonly [found: string, expected: string] | null): void {
    if (this.isPlayed && wrong !== null) this.failAt(at, ...wrong)
  }

  /** Where an event ends that lacks something: the next line begins another one, or there is none. Null: it goes on. */
  #endOfEvent(): number | null {
    const { start, end } = this.#gap
    if (this.at !== end || start <= this.eventAt) return null
    if (this.at >= this.text.length) return start
    const isNext = NEXT_EVENT.test(this.text.slice(this.at, this.at + SHOWN_MAX))
    return isNext && this.text.slice(start, end).includes('\n') ? start : null
  }

  #found(): string {
    if (this.at >= this.text.length) return 'the end of the script'
    if (this.text[this.at] === '\0') return 'a NUL octet'
    const rest = /^(?:[A-Za-z_0-9]+|[^\s\w][^\s]*)/.exec(this.text.slice(this.at, this.at + 200))?.[0] ?? ''
    const shown = (rest.length > SHOWN_MAX ? `${rest.slice(0, SHOWN_MAX)}…` : rest).replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu,
      '?',
    )
    return `"${shown}"`
  }

  /** What a sticky pattern matches right here; undefined when it does not. */
  pattern(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at
    const found = sticky.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  /** The same behind blanks. */
  take(sticky: RegExp): string | undefined {
    this.skipBlanks()
    return this.pattern(sticky)
  }

  /** Whether a text stands here, behind blanks; it is not passed over. */
  sees(text: string): boolean {
    this.skipBlanks()
    return this.text.startsWith(text, this.at)
  }

  /** Passes over a text that may stand here. */
  has(text: string): boolean {
    if (!this.sees(text)) return false
    this.at += text.length
    return true
  }

  /** Passes over a text that has to stand here. */
  expect(text: string, what: string = `"${text}"`): void {
    if (!this.has(text)) this.fail(what)
  }

  /** The word that stands here, without passing over it; '' for none. */
  peekWord(): string {
    this.skipBlanks()
    const before = this.at
    const word = this.pattern(WORD) ?? ''
    this.at = before
    return word
  }

  word(expected: string): string {
    return this.take(WORD) ?? this.fail(expected)
  }

  /** What a word stands for where a word is wanted: itself, or another one that it is defined as. */
  meant(word: string): string {
    const defined = this.defines.get(word)
    return defined !== undefined && /^\w+$/.test(defined) ? defined : word
  }

  /** Passes over a word that may stand here. */
  hasWord(word: string): boolean {
    if (this.peekWord() !== word) return false
    this.at += word.length
    return true
  }

  /** A whole number, decimal or 0x…, or a word that is defined as one; no larger than 32 bits hold. */
  integer(what: string, most: number = WORD_MOST): number {
    this.skipBlanks()
    const start = this.at
    const value = this.#number(what)
    if (value > most) this.failAt(start, `${value} is too large`, `expected ${what}, at most ${most}`)
    return value
  }

  #number(what: string): number {
    const digits = this.take(INTEGER)
    if (digits !== undefined) return Number(digits)
    const start = this.at
    const defined = this.defines.get(this.peekWord())
    if (defined === undefined) this.fail(what)
    this.word(what)
    if (!/^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(defined))
      this.failAt(start, `"${defined}" is no number`, `expected ${what}`)
    return Number(defined)
  }

  /** Whole µs from seconds with a fraction. */
  seconds(what: string): number {
    this.skipBlanks()
    const start = this.at
    const text = this.take(DECIMAL) ?? this.fail(what)
    if (Number(text) > SECONDS_MAX) this.failAt(start, `${text} s is too long`, `expected at most ${SECONDS_MAX} s`)
    return Math.round(Number(text) * 1_000_000)
  }

  /** Everything up to a closing mark, which is passed over. */
  until(mark: string, what: string): string {
    const end = this.text.indexOf(mark, this.at)
    if (end < 0) this.failAt(this.at, `found no ${what}`, `expected ${mark} before the end of the script`)
    const text = this.text.slice(this.at, end)
    this.at = end + mark.length
    return text
  }
}
