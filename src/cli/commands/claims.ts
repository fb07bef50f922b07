import type { ClaimResult } from '../../sim/index.ts'
import { claimText } from '../claim-text.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { type Io, textColumns } from '../io.ts'
import { personalityOption } from '../personality-option.ts'
import { playing, seedOption } from '../playing.ts'
import { didYouMean } from '../suggest.ts'
import { clip, columns, json, quoted } from '../text.ts'

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
    const { listClaims, runClaim } = await import('../../sim/index.ts')
    const ids = listClaims()
    const unknown = words.find((word) => !ids.includes(word))
    if (unknown !== undefined) {
      throw new CliError(
        `claims: unknown claim ${quoted(unknown)}: ${didYouMean(unknown, ids, 'lastack claims lists them')}`,
      )
    }
    if (flags.personality !== undefined) await personalityOption('claims', flags.personality)
    const options = { seed: seedOption('claims', flags.seed), personality: flags.personality }
    const results: ClaimResult[] = []
    for (const id of words.length > 0 ? words : ids) results.push(await playing('claims', () => runClaim(id, options)))
    if (flags.json) io.out(json(results.map(withoutRuns)))
    else io.out(words.length > 0 ? details(results, io) : table(results, io))
    // On another system than the claim's own docs/facts.md has no verdict to agree with.
    const comparable = results.filter((_result) => flags.personality === undefined || flags.personality === 'linux')
    return comparable.every(({ agrees }) => agrees) ? EXIT.OK : EXIT.FINDINGS
  },
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
  const idWidth = Math.max(...results.map(({ id }) => id.length))
  const rest = textColumns(io, 140) - idWidth - 'depends  '.length - 'solaris  '.length - 2
  const rows = results.map((result) => [
    result.id.padEnd(idWidth),
    verdictWord(result),
    result.personality,
    clip(gist(result), rest),
  ])
  const wrong = results.filter(({ agrees }) => !agrees)
  const counts = (['true', 'false', 'depends'] as const)
    .map((verdict) => `${results.filter((result) => result.verdict === verdict).length} ${verdict}`)
    .join(', ')
  const agreement =
    wrong.length === 0
      ? 'every verdict as docs/facts.md has it'
      : `docs/facts.md has another verdict for ${wrong.map(({ id }) => id).join(', ')}`
  return `${columns(rows)}\n\n${results.length} claims: ${counts}; ${agreement}.\nlastack claims ID has the cases and the reason.\n`
}

function verdictWord({ verdict, agrees, expected }: ClaimResult): string {
  return agrees ? verdict : `${verdict}!=${expected}`
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
