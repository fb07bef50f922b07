import { didYouMean } from '../base/index.ts'
import { CliError } from './exit.ts'
import { quoted } from './text.ts'

/** What lastack's ss and netstat take beside the options of the real ones. */
export interface HostOptions {
  readonly source: 'auto' | 'netlink' | 'ss' | 'proc'
  /** A stack that `lastack up` runs, in place of the kernel's. */
  readonly stack: string | undefined
  /** `-q`: nothing on stderr about where the rows come from. */
  readonly quiet: boolean
  /** What is left, for the parser of ss or netstat. */
  readonly rest: readonly string[]
  /** Where each word of `rest` stood on the command line, from 1. */
  readonly positions: readonly number[]
}

/** The lines that `lastack ss --help` and `lastack netstat --help` have beyond the real ones'. */
export const HOST_OPTIONS_HELP = `Beyond the real one:
       --source=SOURCE  where the rows come from: netlink, ss (ss -D) or proc
                        (/proc/net); without it the first of them that serves
       --stack=NAME     the sockets of a stack that \`lastack up\` runs
   -q, --quiet          do not say on stderr which source served, what it lacks
`

const SOURCES = ['netlink', 'ss', 'proc'] as const

/**
 * Takes our own options out of the arguments of ss or netstat. They stand alone, never within a cluster of letters: `-tanq` is
 * the real command's affair.
 * @throws {CliError} for an unknown source
 */
export function takeHostOptions(tool: string, args: readonly string[]): HostOptions {
  let source: HostOptions['source'] = 'auto'
  let stack: string | undefined
  let quiet = false
  const rest: string[] = []
  const positions: number[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '-q' || arg === '--quiet') quiet = true
    else if (arg === '--source') source = sourceOf(tool, args[++i])
    else if (arg.startsWith('--source=')) source = sourceOf(tool, arg.slice('--source='.length))
    else if (arg === '--stack') stack = stackOf(tool, args[++i])
    else if (arg.startsWith('--stack=')) stack = stackOf(tool, arg.slice('--stack='.length))
    else {
      rest.push(arg)
      positions.push(i + 1)
    }
  }
  return { source, stack, quiet, rest, positions }
}

function stackOf(tool: string, word: string | undefined): string {
  if (word === undefined || word === '' || word.startsWith('-') || word.includes('/')) {
    throw new CliError(`${tool}: --stack needs the name of a running stack, such as lastack0`)
  }
  return word
}

function sourceOf(tool: string, word: string | undefined): HostOptions['source'] {
  if (word === undefined) throw new CliError(`${tool}: --source needs one of ${SOURCES.join(', ')}`)
  const source = SOURCES.find((one) => one === word)
  if (source !== undefined) return source
  throw new CliError(
    `${tool}: unknown source ${quoted(word)}: ${didYouMean(word, SOURCES, `expected one of ${SOURCES.join(', ')}`)}`,
  )
}

/** `lastack: source netlink; the owners of 3 sockets are unknown: …`: one line, whatever there is to say. */
export function sourceLine(source: string, sentences: readonly string[]): string {
  const clauses = sentences.map((sentence) => lowerFirst(sentence.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '')))
  return [`lastack: source ${source}`, ...clauses].join('; ')
}

/** `The owners` → `the owners`, but `TCP_INFO` and `UDP` stay. */
function lowerFirst(sentence: string): string {
  return /^[A-Z][a-z ]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence
}
