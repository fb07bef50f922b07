import type { Action, EventTime, Script, ScriptEvent, ScriptOption, ShellCommand } from './ast.ts'
import { parseCall } from './parse-expression.ts'
import { parsePacket } from './parse-packet.ts'
import { Scanner } from './scanner.ts'

const OPTION_NAME = /-D\s*|--?[A-Za-z]\w*/y
/** What people write behind seconds: a unit, or a decimal comma. */
const NO_SECONDS = /(?:[mun]?s|sec)(?=\s)|,\d+/y
/** An arrow that has a tail, before flags: a dash for no flags has numbers behind it. */
const TAIL = /-(?=[ \t]+[FSRP.UEWA]+[ \t]+\d)/y
const SHELL_TEXT = /[^`\\]*(?:\\[\s\S][^`\\]*)*/y
const OPTION_VALUE = /(?:\w+\s*=\s*)?(?:"(?:\\[\s\S]|[^"\\])*"|`(?:\\[\s\S]|[^`\\])*`)|(?:(?!\/[/*])[^\s`])+/y

/** What a script is read with. */
export interface ParseOptions {
  /** The name that errors show. */
  readonly file?: string
  /** `-D NAME=value`: words that stand for other text. Those of the script's own options are added. */
  readonly defines?: ReadonlyMap<string, string>
  /** Whose blocks of `#ifdef` are read, in small letters; default: linux. */
  readonly system?: string
  /** True: the script is to be played, and what can be read but means nothing (an errno that there is none of) is refused. */
  readonly played?: boolean
}

/**
 * Reads a script in packetdrill's language.
 *
 * @throws {ScriptSyntaxError} with file, line, column, what was found and what was expected.
 */
export function parseScript(text: string, options: ParseOptions = {}): Script {
  const defines = new Map<string, string>()
  const scanner = new Scanner(options.file ?? 'script', text, defines, options.system)
  scanner.isPlayed = options.played === true
  const given = parseOptions(scanner)
  for (const { name, value } of given) {
    if (name === 'define') define(defines, value ?? '')
  }
  for (const [word, value] of options.defines ?? []) defines.set(word, value)
  const init = seesShell(scanner) ? parseShell(scanner) : null
  const events: ScriptEvent[] = []
  let cleanup: ShellCommand | null = null
  while (!scanner.atEnd) {
    if (seesShell(scanner)) {
      cleanup = parseShell(scanner)
      if (!scanner.atEnd) scanner.fail('the end of the script behind its clean-up command')
    } else events.push(parseEvent(scanner))
  }
  if (events.length === 0) scanner.fail('an event')
  return { options: given, init, events, cleanup }
}

/** Takes in `NAME=value`; a name alone is defined as 1. */
export function define(into: Map<string, string>, text: string): void {
  const at = text.indexOf('=')
  if (at < 0) into.set(text, '1')
  else into.set(text.slice(0, at), text.slice(at + 1))
}

function parseOptions(scanner: Scanner): ScriptOption[] {
  const options: ScriptOption[] = []
  for (;;) {
    scanner.skipBlanks()
    const position = scanner.position()
    const written = scanner.pattern(OPTION_NAME)
    if (written === undefined) return options
    const name = written.replace(/^-+/, '').trim()
    if (name === 'D') {
      options.push({ position, name: 'define', value: scanner.pattern(OPTION_VALUE) ?? scanner.fail('NAME=value') })
    } else {
      const value = scanner.take(/=/y) === undefined ? null : (scanner.take(OPTION_VALUE) ?? scanner.fail('a value'))
      options.push({ position, name, value: value?.replace(/^"(.*)"$/, '$1') ?? null })
    }
  }
}

/** Whether a command stands here, or a word that is defined as one: `-D NAME=`command``. */
function seesShell(scanner: Scanner): boolean {
  return scanner.sees('`') || scanner.defines.get(scanner.peekWord())?.startsWith('`') === true
}

function parseShell(scanner: Scanner): ShellCommand {
  const word = scanner.peekWord()
  if (word !== '') {
    const text = scanner.defines.get(word)?.replace(/^`|`$/g, '') ?? ''
    const position = scanner.position()
    scanner.word('a command')
    return { position, text }
  }
  scanner.expect('`')
  const position = scanner.position(scanner.at - 1)
  const start = scanner.at
  const text = scanner.pattern(SHELL_TEXT) ?? ''
  if (scanner.pattern(/`/y) === undefined)
    scanner.failAt(start, 'found no end of the shell command', 'expected ` before the end of the script')
  return { position, text }
}

function parseEvent(scanner: Scanner): ScriptEvent {
  scanner.skipBlanks()
  scanner.eventAt = scanner.at
  const position = scanner.position()
  const [time, endUs] = parseTime(scanner)
  const start = scanner.at
  const action = parseAction(scanner)
  const isExpected = action.kind === 'packet' && action.packet.direction === 'out'
  if (time.kind !== 'absolute' && time.kind !== 'relative' && !isExpected && action.kind !== 'call') {
    scanner.failAt(
      start,
      'found an event without one time',
      'expected an outbound packet behind "*" or a range of times',
    )
  }
  if (endUs !== null && action.kind !== 'call') {
    scanner.failAt(start, 'found an event that does not block', 'expected a system call behind start...end')
  }
  scanner.eventAt = Number.POSITIVE_INFINITY
  return { position, time, endUs, action }
}

function parseTime(scanner: Scanner): [EventTime, number | null] {
  const expected = 'an event: a time (0.1, +0.1, *), or a `command` at the end'
  if (scanner.has('*')) return [{ kind: 'any' }, null]
  scanner.skipBlanks()
  const start = scanner.at
  const relative = scanner.has('+')
  const us = scanner.seconds(expected)
  const kind = relative ? 'relative' : 'absolute'
  if (scanner.has('~')) {
    if (scanner.has('+') !== relative) scanner.failAt(start, 'found half a range of times', 'expected A~B or +A~+B')
    const untilUs = scanner.seconds('the end of the range of times')
    if (untilUs < us) scanner.failAt(start, 'found a range of times that ends before it begins', 'expected A~B')
    return [{ kind: `${kind}-range`, us, untilUs }, null]
  }
  const behind = scanner.at
  const unit = scanner.pattern(NO_SECONDS)
  if (unit !== undefined) {
    scanner.failAt(behind, `found "${unit}" behind a time`, 'expected seconds, with a decimal point and no unit')
  }
  if (!scanner.has('...')) return [{ kind, us }, null]
  scanner.has('+')
  return [{ kind, us }, scanner.seconds('when the call returns')]
}

function refuseTail(scanner: Scanner): void {
  const start = scanner.at
  const arrow = scanner.text[start] ?? ''
  scanner.at++
  if (scanner.pattern(TAIL) !== undefined) scanner.failAt(start, `found "${arrow}-"`, `expected "${arrow}"`)
  scanner.at = start
}

function parseAction(scanner: Scanner): Action {
  if (seesShell(scanner)) return { kind: 'shell', command: parseShell(scanner) }
  const position = scanner.position()
  if (scanner.has('%{')) return { kind: 'code', text: scanner.until('}%', 'end of the code block'), position }
  if (scanner.sees('<') || scanner.sees('>')) refuseTail(scanner)
  if (scanner.has('<')) return { kind: 'packet', packet: parsePacket(scanner, 'in') }
  if (scanner.has('>')) return { kind: 'packet', packet: parsePacket(scanner, 'out') }
  if (scanner.peekWord() === '') scanner.fail('"<" or ">" and a packet, a system call, a `command` or %{ code }%')
  return { kind: 'call', call: parseCall(scanner) }
}
