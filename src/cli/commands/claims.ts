import { didYouMean } from '../../base/index.ts'
import type { ClaimResult, LabOptions } from '../../sim/index.ts'
import { claimText, contradictsFacts } from '../claim-text.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { type Io, textColumns } from '../io.ts'
import { personalityOption } from '../personality-option.ts'
import { playing, seedOption } from '../playing.ts'
import { clip, columns, json, quoted, wrap } from '../text.ts'

const HELP = `Usage: lastack claims [ID…] [--seed N] [--personality P] [--json]

Runs what people say about the end of a TCP connection and judges it: true,
false or depends, each verdict computed from what happened in the run. Without
ID: all of them, one line each. With ID: every case, the numbers, the reason.

  --seed N          a whole number. Default 1
  --personality P   judge on another system than the claim's own: linux,
                    rfc9293, freebsd, macos, windows or solaris
  --json            the verdicts, cases and reasons as JSON

Examples
  lastack claims
  lastack claims fin-timeout-is-2msl
  lastack claims reuseaddr-fixes-restart --personality freebsd
  lastack lab fin-timeout-is-2msl

Exit codes
  0  every verdict is the one of docs/facts.md
  1  a verdict is another
  2  no such claim
`

/** `lastack claims`: all claims, run and judged. */
export const claims: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('claims', args, {
      seed: { value: 'a whole number' },
      personality: { value: 'a personality' },
      json: {},
    })
    const { listClaims } = await import('../../sim/index.ts')
    const ids = listClaims()
    const unknown = words.find((word) => !ids.includes(word))
    if (unknown !== undefined) {
      throw new CliError(
        `claims: unknown claim ${quoted(unknown)}: ${didYouMean(unknown, ids, 'lastack claims lists them')}`,
      )
    }
    if (flags.personality !== undefined) await personalityOption('claims', flags.personality)
    const options = { seed: seedOption('claims', flags.seed), personality: flags.personality }
    const { results, unplayable } = await judge(words, options)
    if (flags.json) io.out(json(results.map(withoutRuns)))
    else if (words.length > 0) io.out(details(results, io))
    else io.out(table(results, io) + unplayableText(unplayable, options.personality, io))
    return results.some(contradictsFacts) ? EXIT.FINDINGS : EXIT.OK
  },
}

interface Judged {
  readonly results: readonly ClaimResult[]
  /** Ids of those about sysctls that the system asked for does not have; of claims that were named this is an error. */
  readonly unplayable: readonly string[]
}

async function judge(words: readonly string[], options: LabOptions): Promise<Judged> {
  const { LabError, listClaims, runClaim } = await import('../../sim/index.ts')
  if (words.length > 0) {
    return { results: await playing('claims', () => words.map((id) => runClaim(id, options))), unplayable: [] }
  }
  const results: ClaimResult[] = []
  const unplayable: string[] = []
  for (const id of listClaims()) {
    try {
      results.push(runClaim(id, options))
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      unplayable.push(id)
    }
  }
  return { results, unplayable }
}

function unplayableText(ids: readonly string[], personality: string | undefined, io: Io): string {
  if (ids.length === 0) return ''
  return `${wrap(`Not to be played on ${personality}: ${ids.join(', ')}.`, textColumns(io))}\n`
}

/** JSON for a program that asks how claims came out: the trace of each run is `lastack lab ID --json`. */
function withoutRuns(result: ClaimResult): unknown {
  const cases = result.cases.map(({ case: { id, title }, personality, holds, because }) => ({
    id,
    title,
    personality,
    holds,
    because,
  }))
  return { ...result, cases }
}

function table(results: readonly ClaimResult[], io: Io): string {
  const heads = results.map((result) => [result.id, verdictWord(result), result.personality])
  const widths = [0, 1, 2].map((column) => Math.max(...heads.map((head) => (head[column] as string).length)))
  const rest = textColumns(io, 140) - widths.reduce((sum, width) => sum + width + 2, 0)
  const rows = results.map((result, i) => [...(heads[i] as string[]), clip(gist(result), rest)])
  return `${columns(rows)}\n\n${wrap(totals(results), textColumns(io))}\nlastack claims ID has the cases and the reason.\n`
}

function totals(results: readonly ClaimResult[]): string {
  const counts = (['true', 'false', 'depends'] as const)
    .map((verdict) => `${results.filter((result) => result.verdict === verdict).length} ${verdict}`)
    .join(', ')
  const wrong = results.filter(contradictsFacts).map(({ id, expected }) => `${id} (${expected})`)
  const comparison =
    wrong.length > 0
      ? `docs/facts.md has another verdict where there is a !: ${wrong.join(', ')}`
      : results.some(({ agrees }) => !agrees)
        ? 'docs/facts.md has verdicts for the own system of each claim only'
        : 'every verdict as docs/facts.md has it'
  return `${results.length} claims: ${counts}; ${comparison}.`
}

function verdictWord(result: ClaimResult): string {
  return contradictsFacts(result) ? `${result.verdict}!` : result.verdict
}

/** What the verdict rests on, in half a line. */
function gist({ cases }: ClaimResult): string {
  const [only] = cases
  if (cases.length === 1 && only !== undefined) return only.because
  const holding = cases.filter(({ holds }) => holds).length
  if (holding === cases.length) return `holds in all ${cases.length} cases`
  return `holds in ${holding === 0 ? 'none' : holding} of ${cases.length} cases`
}

function details(results: readonly ClaimResult[], io: Io): string {
  return results.map((result) => claimText(result, textColumns(io))).join('\n')
}
