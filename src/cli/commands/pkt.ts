import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { didYouMean, entryOf } from '../../base/index.ts'
import { columnCount, printable, wrap } from '../../inspect/index.ts'
import type { RunnerOption, RunOptions, ScriptResult } from '../../packetdrill/index.ts'
import type { PersonalityName } from '../../stack/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { textColumns } from '../io.ts'
import { json, quoted } from '../text.ts'

const HELP = `Usage: lastack pkt [OPTIONS] FILE|DIR|-…

Runs packetdrill scripts against lastack's own stack, in virtual time: packets
that are injected and expected, system calls, assertions on TCP_INFO, sysctls.
A directory is searched for *.pkt; - is standard input. One line a script; a
failure shows what was expected and what was seen, in the script's notation, and
the ladder. What a script asks for and this runner does not have is named, and
the script skipped. No shell and no Python is run, and nothing on this machine
takes part.

  --personality P   linux, freebsd, rfc9293, macos, windows or solaris; default:
                    freebsd or rfc9293 below a folder of that name (or bsd),
                    freebsd of scripts with its sysctls or modules; else linux
  --json            {"scripts": [{"file", "status", "reason"}…]}; where there is
                    such, "line", "output" (lines), and "ladder" by --ladder
  --ladder          the whole ladder of every script
  -D NAME=VALUE     define a word of the scripts
  --OPTION[=VALUE]  any option of packetdrill: --ip_version=ipv6, --mtu 1520,
                    --tolerance_usecs=10000, --strict_segments, --dry_run,
                    --verbose …; it wins over the script's own

Examples
  lastack pkt test/packetdrill
  lastack pkt --ip_version=ipv6 --mtu=1520 close.pkt
  lastack pkt --personality freebsd --json suite | jq .

Exit codes
  0  no script failed
  1  one did
  2  a script could not be read, or there is none, or every one was skipped
`

/** Of a ladder that was not asked for, so many lines are shown. */
const LADDER_LINES = 40
/** The name that stands for standard input. */
const STDIN = '-'
/** Systems whose scripts a folder of their name holds, or one called so. */
const FOLDERS: Readonly<Record<string, PersonalityName>> = { bsd: 'freebsd', freebsd: 'freebsd', rfc9293: 'rfc9293' }
const OWN_OPTIONS = ['--personality', '--json', '--ladder', '-D', '--help']

interface Arguments {
  readonly json: boolean
  readonly ladder: boolean
  /** null: as the script's folder says. */
  readonly personality: PersonalityName | null
  readonly options: readonly RunnerOption[]
  readonly paths: readonly string[]
}

/** `lastack pkt`: packetdrill scripts against the stack. */
export const pkt: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const given = await readArguments(args)
    const files = given.paths.flatMap((path) => (path === STDIN ? [{ file: path, fault: null }] : scriptsBelow(path)))
    const piped = files.some(({ file }) => file === STDIN) ? await textOf(process.stdin) : ''
    if (files.length === 0) {
      throw new CliError(`pkt: no script in ${given.paths.map(quoted).join(', ')}: expected files that end in .pkt`)
    }
    const { runScript } = await import('../../packetdrill/index.ts')
    const results: ScriptResult[] = []
    const width = textColumns(io)
    for (const { file, fault } of files) {
      const text = fault ?? (file === STDIN ? piped : readScript(file))
      // That one of many cannot be read does not keep the others from being played.
      if (text instanceof CliError && files.length === 1) throw text
      const result: ScriptResult =
        text instanceof CliError ? unread(file, text) : runScript(file, text, runOptions(given, file, text, width))
      const reason = pointedReason(result, text, width)
      if (!result.readable && files.length === 1 && !given.json) {
        const [first = '', ...excerpt] = `lastack pkt: ${reason}`.split('\n')
        for (const line of [...wrap(first, width), ...excerpt]) io.err(printable(line))
        return EXIT.USAGE
      }
      results.push(result)
      if (!given.json) io.out(resultText({ ...result, reason }, given))
    }
    if (given.json) io.out(json({ scripts: results.map((result) => told(result, given)) }))
    else io.out(`${summary(results)}\n`)
    const isPlayed = results.some(({ status }) => status !== 'skipped')
    if (!isPlayed || results.some(({ readable }) => !readable)) return EXIT.USAGE
    return results.some(({ status }) => status === 'failed') ? EXIT.FINDINGS : EXIT.OK
  },
}

async function readArguments(given: readonly string[]): Promise<Arguments> {
  const args = [...given]
  const { checkOption, OPTION_NAMES, OptionError, takesValue } = await import('../../packetdrill/index.ts')
  const options: RunnerOption[] = []
  const paths: string[] = []
  let [asJson, ladder] = [false, false]
  let personality: string | null = null
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    const [name, inline] = splitOption(arg)
    const value = (what: string): string => inline ?? args[++i] ?? missing(name, what)
    if (!arg.startsWith('-') || arg === '-') paths.push(arg)
    else if (name === '--json') asJson = flag(name, inline)
    else if (name === '--ladder') ladder = flag(name, inline)
    else if (name === '--personality') personality = value('a system')
    else if (name === '-D' || name === '--define') options.push({ name: 'define', value: word(value('NAME=VALUE')) })
    else if (/^-D./.test(arg)) options.push({ name: 'define', value: word(arg.slice(2)) })
    else if (arg === '--') paths.push(...args.splice(i + 1))
    else if (/^-v+$/.test(arg)) options.push({ name: 'verbose', value: null })
    else {
      const option = name.replace(/^--?/, '')
      const next = args[i + 1]
      const apart = inline === undefined && next !== undefined && takesValue(option, next)
      const taken = { name: option, value: inlineValue(name, apart ? args[++i] : inline) }
      try {
        checkOption(taken)
      } catch (error) {
        if (!(error instanceof OptionError)) throw error
        const isUnknown = error.message.includes(': no such option')
        throw new CliError(`pkt: ${isUnknown ? unknown(name, OPTION_NAMES) : error.message}`)
      }
      options.push(taken)
    }
  }
  const { isPersonalityName, PERSONALITY_NAMES } = await import('../../stack/index.ts')
  if (personality !== null && !isPersonalityName(personality)) {
    const expected = PERSONALITY_NAMES.join(', ')
    throw new CliError(`pkt: ${quoted(personality)}: no such personality: expected one of ${expected}`)
  }
  if (paths.length === 0) throw new CliError('pkt: nothing to run: expected FILE or DIR')
  return { json: asJson, ladder, personality, options, paths }
}

/** Scripts that are named on the command line lie where the user is, not beside the script. */
function inlineValue(name: string, value: string | undefined): string | null {
  if (name !== '--init_scripts' || value === undefined) return value ?? null
  return value
    .split(',')
    .map((path) => resolve(path))
    .join(',')
}

function splitOption(arg: string): [name: string, value: string | undefined] {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)]
}

function flag(name: string, inline: string | undefined): true {
  if (inline !== undefined) throw new CliError(`pkt: ${name} takes no value`)
  return true
}

/** What `-D` defines; a name alone stands for 1. */
function word(text: string): string {
  if (/^[A-Za-z_]\w*(?:=|$)/.test(text)) return text
  throw new CliError(`pkt: -D ${quoted(text)}: expected NAME=VALUE`)
}

function missing(name: string, what: string): never {
  throw new CliError(`pkt: ${name} needs ${what}`)
}

/** The line for an unknown option, with the nearest name, be it a script's or a command's. */
function unknown(name: string, ofScripts: readonly string[]): string {
  const names = [...OWN_OPTIONS, ...ofScripts.map((one) => `--${one}`)]
  return `unknown option ${quoted(name)}: ${didYouMean(name, names, 'see lastack pkt --help')}`
}

/** What only FreeBSD's scripts do: its sysctls, its modules, options of its sockets; and what only Linux's do. */
const FREEBSD_WORDS =
  /\bnet\.inet6?\.\w|\bkern\.(?:ipc|timecounter)\.|\bkldload\b|\bTCP_(?:FUNCTION_BLK|KEEPINIT|NOOPT|NOPUSH)\b/
const LINUX_WORDS = /\bnet[./](?:ipv[46]|core)[./]|\bSOL_TCP\b|\btcp_metrics\b/

/** Scripts below a folder of a system's name, in the path as it was given, are that system's, and those that can be no other's. */
function personalityOf(file: string, text: string): PersonalityName {
  for (const folder of dirname(file).split(sep)) {
    const named = entryOf(FOLDERS, folder.toLowerCase())
    if (named !== undefined) return named
  }
  return FREEBSD_WORDS.test(text) && !LINUX_WORDS.test(text) ? 'freebsd' : 'linux'
}

function runOptions(given: Arguments, file: string, text: string, width: number): RunOptions {
  return {
    personality: given.personality ?? personalityOf(file, text),
    options: given.options,
    ladder: given.ladder,
    width,
    readFile: (path) => readIfThere(resolve(dirname(file), path)),
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
}

function readScript(file: string): string | CliError {
  try {
    const about = statSync(file)
    // A pipe would be waited for, for ever.
    if (!about.isFile()) return new CliError(`pkt: ${quoted(file)}: ${kindOf(about)}: expected a regular file`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    return unreadable(file, error)
  }
}

function kindOf(about: Stats): string {
  if (about.isDirectory()) return 'a directory'
  if (about.isFIFO()) return 'a FIFO'
  return about.isSocket() ? 'a socket' : 'a device'
}

function unread(file: string, { message }: CliError): ScriptResult {
  const reason = message.replace(/^pkt: ".*": /, '')
  return {
    file,
    status: 'failed',
    reason,
    position: null,
    readable: false,
    ladder: '',
    output: [],
    counters: new Map(),
  }
}

/** @throws what is no error of the system's */
function unreadable(path: string, error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return new CliError(`pkt: ${quoted(path)}: ${code}: expected a script or a directory of them`)
}

/** A script, or what keeps it from being one. */
interface Found {
  readonly file: string
  readonly fault: CliError | null
}

/** A file itself; a directory's scripts at any depth, in order. What hides is not looked into. */
function scriptsBelow(path: string): Found[] {
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, fault: null }]
    const found = readdirSync(path, { withFileTypes: true }).flatMap((entry): Found[] => {
      const file = join(path, entry.name)
      if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : scriptsBelow(file)
      return entry.name.endsWith('.pkt') ? [{ file, fault: null }] : []
    })
    return found.sort((a, b) => (a.file < b.file ? -1 : 1))
  } catch (error) {
    return [{ file: path, fault: unreadable(path, error) }]
  }
}

/** Of no text: control characters, private ones, and what stands for octets that are no UTF-8. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\ufffd]/u

/** Why, and of a script that cannot be read the line, with a mark below the place. */
function pointedReason({ reason, readable, position }: ScriptResult, text: string | CliError, width: number): string {
  if (readable || position === null || text instanceof CliError) return reason
  const line = (text.split(/\r?\n/)[position.line - 1] ?? '').replaceAll('\t', ' ')
  const [shown, place] = excerptOf(line, position.column - 1, width - 2)
  // What has no width of its own would move the mark.
  if (shown.trim() === '' || UNPRINTABLE.test(shown)) return reason
  return `${reason}\n  ${shown}\n  ${' '.repeat(columnCount(shown.slice(0, place)))}^`
}

/** As much of a line around a place as the terminal has columns, with … where it is cut; and where the place is in that. */
function excerptOf(line: string, at: number, width: number): [shown: string, at: number] {
  if (columnCount(line.slice(0, width + 1)) <= width && line.length <= width) return [line, at]
  // Wide letters have two columns each: half as many always fit.
  const isWide =
    columnCount(line.slice(Math.max(0, at - width), at + width)) >
    Math.min(line.length, at + width) - Math.max(0, at - width)
  const room = (isWide ? Math.floor(width / 2) : width) - 2
  const start = Math.max(0, Math.min(at - Math.floor(room / 2), line.length - room))
  const [before, behind] = [start > 0 ? '…' : '', start + room < line.length ? '…' : '']
  return [before + line.slice(start, start + room) + behind, at - start + before.length]
}

function resultText(
  { file, status, reason, position, ladder, output }: ScriptResult,
  { ladder: all }: Arguments,
): string {
  const place = position === null || reason.startsWith(`${file}:`) ? '' : `:${position.line}`
  const [first = '', ...more] = reason.split('\n')
  const head = reason.startsWith(`${file}:`) ? first : `${file}${place}${first === '' ? '' : `: ${first}`}`
  const printed = output.map((line) => `  ${line}\n`).join('')
  const details = more.map((line) => `${line}\n`).join('')
  const drawn = ladder === '' ? '' : `${all ? ladder : lastLines(ladder)}\n`
  return `${status.padEnd(8)}${head}\n${printed}${details}${drawn}`
}

/** The header of a ladder, and its end: what failed is there. */
function lastLines(ladder: string): string {
  const lines = ladder.trimEnd().split('\n')
  if (lines.length <= LADDER_LINES) return `${lines.join('\n')}\n`
  return `${[lines[0], `… ${lines.length - LADDER_LINES} lines more: --ladder`, ...lines.slice(-LADDER_LINES)].join('\n')}\n`
}

function told({ file, status, reason, position, output, ladder }: ScriptResult, given: Arguments): object {
  return {
    ...{ file, status, reason },
    ...(position && { line: position.line }),
    ...(output.length > 0 && { output }),
    ...(given.ladder && ladder !== '' && { ladder }),
  }
}

function summary(results: readonly ScriptResult[]): string {
  const count = (status: ScriptResult['status']): number => results.filter((one) => one.status === status).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}
