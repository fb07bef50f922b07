/** docs/conformance.md, made of the table, the tags, the tests and what was proved. */
import type { Proof } from './proof.ts'
import type { Requirement } from './requirement.ts'
import type { Showing, Tag } from './tags.ts'

/** Where the page is, from the repository's root. */
export const PAGE_FILE = 'docs/conformance.md'

const KINDS = [
  ['MUST', 'MUST and MUST NOT'],
  ['SHLD', 'SHOULD and SHOULD NOT'],
  ['REC', 'RECOMMENDED'],
  ['MAY', 'MAY'],
] as const

const HEAD = `<!-- Written by \`npm run conformance\`; do not edit. -->
# RFC 9293, requirement by requirement

What RFC 9293 asks under a number (its appendix B), with the line that does it and the test that shows it. The numbers are the RFC's,
the sentences ours. It is about a host of the personality \`rfc9293\`; the others follow the systems they are named after, and those
depart where they do (Linux waits 60 s in TIME-WAIT and gives a SYN 131 s, for two).

A line is quoted, not numbered: the quotation is as exact, and stays true when something above it changes. It carries the requirement's
number as a comment, so \`git grep -n 'MUST-13:' src\` finds it. For each such line there is a way to break it, which stands below
it here. \`npm run conformance\` breaks each in a copy of the sources, one at a time, runs the tests that show the requirement, and
notes which failed; a test of the house fails when a note is missing or older than the line or the test.
`

/** What the page is made of. */
export interface Findings {
  readonly requirements: readonly Requirement[]
  readonly tags: readonly Tag[]
  readonly showings: readonly Showing[]
  readonly proofs: readonly Proof[]
}

/** The whole page. */
export function conformancePage(findings: Findings): string {
  const { requirements } = findings
  const sections = KINDS.flatMap(([kind, title]) => [
    `## ${title}\n`,
    ...requirements.filter(({ id }) => id.startsWith(`${kind}-`)).map((one) => entry(one, findings)),
  ])
  return `${[HEAD, summary(requirements), ...sections].join('\n').trimEnd()}\n`
}

function summary(requirements: readonly Requirement[]): string {
  const of = (kind: string): readonly Requirement[] => requirements.filter(({ id }) => id.startsWith(`${kind}-`))
  const count = (kind: string): string => {
    const all = of(kind)
    return `${all.filter(({ unmet }) => unmet !== undefined).length} of ${all.length}`
  }
  const declined = of('MAY').filter((one) => one.declined !== undefined)
  const unmet = requirements.filter((one) => one.unmet !== undefined)
  const lines = [
    `**Unmet: ${count('MUST')} MUST, ${count('SHLD')} SHOULD, ${count('REC')} RECOMMENDED.** Of ${of('MAY').length} MAY, ${declined.length} are not taken.`,
    '',
    ...unmet.map(({ id, says, unmet: why }) => `- **${id}**: ${says} *Unmet:* ${why}`),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function entry(one: Requirement, { tags, showings, proofs }: Findings): string {
  const own = tags.filter(({ id }) => id === one.id)
  const lines = [`### ${one.id}`, '', `${one.says} (§${one.section}${one.duty === 'TCP' ? '' : `; ${one.duty}`})`, '']
  if (one.unmet !== undefined) lines.push(`- **Unmet.** ${one.unmet}`)
  if (one.declined !== undefined) lines.push(`- Not taken. ${one.declined}`)
  if (one.answer !== undefined) lines.push(`- ${one.answer}`)
  for (const tag of own) lines.push(...lineOfSource(tag, proofs))
  const shown = showings.filter(({ id }) => id === one.id)
  for (const { file, title } of shown) lines.push(`- shown by \`${file}\`: “${title}”`)
  if (one.remark !== undefined) lines.push(`- ${one.remark}`)
  return `${lines.join('\n')}\n`
}

function lineOfSource(tag: Tag, proofs: readonly Proof[]): string[] {
  const proof = proofs.find(({ id, file, code }) => id === tag.id && file === tag.file && code === tag.code)
  const lines = [`- \`${tag.file}\`, ${tag.place}: \`${tag.code}\``]
  if (proof !== undefined) lines.push(`  - broken: \`${proof.broken}\` – fails: ${proof.failed.map(quoted).join(', ')}`)
  return lines
}

function quoted(title: string): string {
  return `“${title}”`
}
