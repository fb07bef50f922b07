/** Findings for people. */
import { counted, grouped, type Micros, SECOND } from '../base/index.ts'
import { columnCount, type Paint, paint, printable, wrap } from '../inspect/index.ts'
import { ownerName } from './evidence.ts'
import { lasting } from './text.ts'
import type { Evidence, Finding, FindingOwner, ProcessFacts, Remedy, Severity, Since } from './types.ts'

/** How to print. */
export interface PrintOptions {
  /** The time of the look, for "since". */
  readonly now: Micros
  /** Columns at most; 80 when left out. A command is broken between its words; a word of it never is. */
  readonly width?: number | undefined
  /** Colours of the terminal. Severity is a word too, so that nothing is said by colour alone. */
  readonly colour?: boolean | undefined
}

const WIDTH = 80
const INDENT = '  '
/** Of the terminal's palette of 256: red, amber, blue, to be read on black and on white. */
const COLOURS: Readonly<Record<Severity, number>> = { critical: 160, warning: 136, info: 31 }

/** The findings one below the other, and how many of each kind at the end. */
export function printFindings(findings: readonly Finding[], options: PrintOptions): string {
  const width = Math.max(40, options.width ?? WIDTH)
  const paints = paint(options.colour ?? false)
  const parts = findings.map((finding) => printFinding(finding, options.now, width, paints))
  return [...parts, summary(findings)].map((part) => `${part}\n`).join('\n')
}

/** Each finding in a few lines: what, its id, since when and how fast. For a screen that is drawn again and again. */
export function briefFindings(findings: readonly Finding[], options: PrintOptions): string[] {
  const width = Math.max(40, options.width ?? WIDTH)
  const { colour, bold, dim } = paint(options.colour ?? false)
  return findings.flatMap(({ severity, title, id, since, growthPerMinute }) => {
    const label = severityWord(severity)
    const [first = '', ...rest] = wrap(`${label} ${title}`, width - INDENT.length)
    const age = sinceText(since, growthPerMinute, options.now)
    return [
      colour(label, COLOURS[severity]) + bold(first.slice(label.length)),
      ...rest.map((line) => bold(INDENT + line)),
      ...wrap(id, width - INDENT.length).map((line) => dim(INDENT + line)),
      ...(age === '' ? [] : [`${INDENT}since ${age}`]),
    ]
  })
}

/** `2 findings: 1 critical, 1 warning; 1 note.` */
export function summary(findings: readonly Finding[]): string {
  const of = (severity: Severity): number => findings.filter((one) => one.severity === severity).length
  const faults = of('critical') + of('warning')
  const kinds = (['critical', 'warning'] as const).filter((severity) => of(severity) > 0)
  const said =
    faults === 0
      ? 'No findings'
      : `${counted(faults, 'finding')}: ${kinds.map((severity) => severityCount(severity, of(severity))).join(', ')}`
  return of('info') === 0 ? `${said}.` : `${said}; ${counted(of('info'), 'note')}.`
}

function severityCount(severity: 'critical' | 'warning', count: number): string {
  return severity === 'critical' ? `${count} critical` : counted(count, 'warning')
}

/** What a severity is called where people read it: `info` is a note, and no fault. */
export function severityWord(severity: Severity): string {
  return severity === 'info' ? 'NOTE' : severity.toUpperCase()
}

function printFinding(finding: Finding, now: Micros, width: number, { colour, bold, dim }: Paint): string {
  const { severity, title, id, evidence, explanation, remedies, myth } = finding
  const label = severityWord(severity)
  const [first = '', ...rest] = wrap(`${label} ${title}`, width)
  const head = colour(label, COLOURS[severity]) + bold(first.slice(label.length))
  const body = [
    ...hanging('owner', ownerLine(finding.owner), width),
    ...sinceLines(finding, now, width),
    ...table(evidence, width),
    '',
    ...wrap(explanation.join(' '), width - INDENT.length).map((line) => INDENT + line),
    '',
    ...remedies.flatMap((remedy, i) => remedyLines(remedy, i + 1, width)),
    ...(myth === undefined ? [] : [`${INDENT}What is said of it, judged: lastack claims ${myth}`]),
  ]
  return [head, ...rest.map(bold), ...wrap(id, width - INDENT.length).map((line) => dim(INDENT + line)), ...body].join(
    '\n',
  )
}

function ownerLine(owner: FindingOwner): string {
  if (owner.kind !== 'processes') return ownerName(owner)
  const [first, ...others] = owner.processes as [ProcessFacts, ...ProcessFacts[]]
  const facts = [
    `${first.command} (pid ${first.pid})`,
    ...fact('user', first.user),
    ...fact('unit', first.unit),
    ...fact('container', first.container),
    ...fact('in', first.cwd),
  ]
  const shown = others.slice(0, 5).map(({ pid }) => pid)
  const more = others.length - shown.length
  if (shown.length > 0) facts.push(`also pid ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`)
  return facts.join(', ')
}

function fact(name: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`${name} ${value}`]
}

function sinceText(since: Since | undefined, growth: number | undefined, now: Micros): string {
  const parts: string[] = []
  // That a thing is there at a look at all is no news.
  const isTold = since !== undefined && (since.precision === 'exact' || now - since.at >= SECOND)
  if (isTold) {
    const age = lasting(Math.max(0, now - since.at))
    parts.push(since.precision === 'exact' ? `${age} ago` : `at least ${age} ago`)
  }
  if (growth !== undefined) parts.push(growthText(growth))
  return parts.join('; ')
}

/** Of a note, since when it has been so is told where it is known; of a fault, how to come to know it too. */
function sinceLines({ since, growthPerMinute, severity }: Finding, now: Micros, width: number): string[] {
  const text = sinceText(since, growthPerMinute, now)
  if (text !== '') return hanging('since', text, width)
  return severity === 'info' ? [] : hanging('since', 'not known; --for 30s tells how it grows', width)
}

function growthText(growth: number): string {
  const rounded = Math.abs(growth) < 10 ? Math.round(growth * 10) / 10 : Math.round(growth)
  return rounded === 0 ? 'steady' : `${rounded > 0 ? '+' : '−'}${grouped(Math.abs(rounded))} a minute`
}

const NAME_MOST = 32

/** Names in one column, values in the next; a value that is too long goes on under itself. */
function table(evidence: readonly Evidence[], width: number): string[] {
  return evidence.flatMap(({ name, value, unit }) => {
    return hanging(name, valueText(value, unit), width)
  })
}

/** From here on seconds are told as minutes, hours, days. */
const MANY_SECONDS = 120

function valueText(value: Evidence['value'], unit: string): string {
  if (typeof value === 'number' && unit === 's' && value >= MANY_SECONDS) return lasting(value * SECOND)
  const noun = value === 1 && unit.length > 1 ? unit.replace(/s$/, '') : unit
  return `${typeof value === 'number' ? numberText(value) : value}${noun === '' ? '' : ` ${noun}`}`
}

function numberText(value: number): string {
  return Number.isInteger(value) ? grouped(value) : String(Math.round(value * 100) / 100)
}

function hanging(name: string, text: string, width: number): string[] {
  const column = Math.min(NAME_MOST, width >> 1)
  const names = wrap(name, column - 2)
  const values = wrap(text, width - INDENT.length - column)
  return Array.from({ length: Math.max(names.length, values.length) }, (_, i) =>
    `${INDENT}${padded(names[i] ?? '', column)}${values[i] ?? ''}`.trimEnd(),
  )
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnCount(text)))
}

function remedyLines({ title, commands, cost }: Remedy, position: number, width: number): string[] {
  const inner = ' '.repeat(5)
  const [first = '', ...rest] = wrap(title, width - inner.length)
  return [
    `${`${INDENT}${position}.`.padEnd(inner.length)}${first}`,
    ...rest.map((line) => inner + line),
    ...commands.flatMap((command) => commandLines(command, width, `${inner}  `)),
    ...wrap(`Cost: ${cost}`, width - inner.length).map((line) => inner + line),
  ]
}

/** A command that is too long goes on behind a backslash, as a shell reads it. An option stays with its value. */
function commandLines(command: string, width: number, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of printable(command).match(/--\S+ \S+|\S+/g) ?? []) {
    if (line !== '' && indent.length + columnCount(line) + 1 + columnCount(part) + 2 > width) {
      lines.push(`${line} \\`)
      line = `  ${part}`
    } else line = line === '' ? part : `${line} ${part}`
  }
  return [...lines, line].map((one) => indent + one)
}
