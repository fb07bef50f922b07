import type { ClaimResult } from '../sim/index.ts'
import { hanging, wrap } from './text.ts'

/** docs/facts.md has a verdict for the claim's own system only. */
export function contradictsFacts({ agrees, cases, personality }: ClaimResult): boolean {
  return !agrees && cases.every(({ run }) => run.info.personality === personality)
}

/** A claim, its verdict, every case with the numbers it rests on, and the reason. */
export function claimText(result: ClaimResult, width: number): string {
  const { id, claim, verdict, expected, explanation, cases } = result
  const contradiction = contradictsFacts(result) ? `, and docs/facts.md says ${expected}` : ''
  const lines = cases.map(({ case: which, holds, because, personality }) => {
    const where = personality === result.personality ? '' : ` (${personality})`
    const title = cases.length > 1 ? `${which.title}${where}: ` : ''
    return hanging(holds ? '  holds' : '  does not', `${title}${because}`, width, 12)
  })
  return `${[
    wrap(`${id}: "${claim}"`, width),
    '',
    wrap(`${verdict} on ${result.personality}${contradiction}`, width, '  '),
    '',
    ...lines,
    '',
    wrap(explanation, width, '  '),
    '',
    wrap(
      `To see it: lastack lab ${id}${cases.length > 1 ? ` --case ${cases.map(({ case: which }) => which.id).join('|')}` : ''}`,
      width,
      '  ',
    ),
  ].join('\n')}\n`
}
