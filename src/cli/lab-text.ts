import { formatDuration } from '../base/index.ts'
import { buildLadder, parseSs, printLadder, printSs, type SocketRow } from '../inspect/index.ts'
import type { CheckStep, LabHost, LabResult } from '../sim/index.ts'
import { hanging, wrap } from './text.ts'

/** How a run is printed. */
export interface RunTextOptions {
  readonly width: number
  readonly colour: boolean
  /** The whole ladder; else only its beginning and end when it is long. */
  readonly full: boolean
  /** What was changed for this run: sysctls, a mutation. */
  readonly changes: readonly string[]
}

/** Lines of ladder that are printed unasked: a port exhaustion has tens of thousands. */
const LADDER_HEAD = 160
const LADDER_TAIL = 80
const INDENT = '  '
/** Where what belongs to a socket stands below it. */
const BELOW = `\n${INDENT}${' '.repeat(11)}`

/** Everything about a run that is over: what it is, ladder, expectations, tables, verdict. */
export function runText(result: LabResult, options: RunTextOptions): string {
  const { steps, hosts, endedAt } = result
  const checks = steps.filter((step) => step.kind === 'check')
  const tables = steps.filter((step) => step.kind === 'table')
  const parts = [
    heading(result, options),
    ...ladders(result, options),
    ...(checks.length > 0 ? [`Expected\n${checkLines(checks, options.width)}`] : []),
    ...tables.map(({ host, time, title, rows }) =>
      tableText(`${host} at ${formatDuration(time)}: ${title}`, rows, options.width),
    ),
    ...hosts
      .filter(({ kind }) => kind === 'host')
      .map(({ name }) =>
        tableText(`${name} at ${formatDuration(endedAt)}: the end`, result.tables[name] ?? [], options.width),
      ),
    wrap(`Verdict: ${result.verdict}: ${result.because}`, options.width),
  ]
  return `${parts.join('\n\n')}\n`
}

function heading(result: LabResult, { width, changes }: RunTextOptions): string {
  const { info, case: which, personality, seed, hosts } = result
  const addresses = hosts.map((host) =>
    host.addresses.length > 0 ? `${host.name} ${host.addresses.join(' ')}` : host.name,
  )
  const others = info.cases.filter(({ id }) => id !== which.id).map(({ id }) => `--case ${id}`)
  return [
    wrap(`${info.id}: ${info.title}`, width),
    '',
    wrap(info.summary, width),
    '',
    wrap(`${personality}, seed ${seed}; ${addresses.join(', ')}`, width),
    ...changes.map((change) => wrap(change, width)),
    ...(others.length > 0 ? [wrap(`case ${which.id}: ${which.title} (also: ${others.join(', ')})`, width)] : []),
  ].join('\n')
}

/** One ladder for each two hosts that spoke with each other; the story's words stand in the first. */
function ladders(result: LabResult, options: RunTextOptions): string[] {
  const { events, hosts, steps } = result
  const names: string[] = []
  for (const host of hosts) names[host.index] = host.name
  let remarks = steps
    .filter((step) => step.kind === 'say')
    .map(({ eventIndex, time, text }) => ({ eventIndex, time, text }))
  const texts: string[] = []
  for (const lanes of pairs(hosts)) {
    const ladder = buildLadder(events, { hosts: names, lanes, remarks })
    if (ladder.flights.length === 0) continue
    texts.push(shortened(printLadder(ladder, options), options.full))
    remarks = []
  }
  return texts
}

function pairs(hosts: readonly LabHost[]): (readonly [number, number])[] {
  const ends = hosts.filter(({ kind }) => kind === 'host').map(({ index }) => index)
  return ends.flatMap((left, i) => ends.slice(i + 1).map((right) => [left, right] as const))
}

function shortened(text: string, full: boolean): string {
  const lines = text.trimEnd().split('\n')
  const left = lines.length - LADDER_HEAD - LADDER_TAIL
  if (full || left <= 0) return lines.join('\n')
  return [
    ...lines.slice(0, LADDER_HEAD),
    `… ${left} lines left out (--full prints them)`,
    ...lines.slice(-LADDER_TAIL),
  ].join('\n')
}

function checkLines(checks: readonly CheckStep[], width: number): string {
  const timeWidth = Math.max(...checks.map(({ time }) => formatDuration(time).length))
  const okWidth = checks.every(({ passed }) => passed) ? 2 : 6
  const lines = checks.map(({ passed, time, sentence, detail }) => {
    const head = `  ${(passed ? 'ok' : 'FAILED').padEnd(okWidth)}  ${formatDuration(time).padEnd(timeWidth)}  `
    return hanging(head, detail === '' ? sentence : `${sentence}: ${detail}`, width, head.length)
  })
  return lines.join('\n')
}

/** A host's sockets as ss prints them; where that is too wide, owner and timer stand below their socket. */
function tableText(title: string, rows: readonly SocketRow[], width: number): string {
  if (rows.length === 0) return `${title}: no sockets`
  const query = parseSs([rows.some(({ netid }) => netid === 'udp') ? '-tuanop' : '-tanop'])
  const lines = printSs(query, rows).trimEnd().split('\n')
  const fits = lines.every((line) => line.trimEnd().length <= width - INDENT.length)
  const shown = fits ? lines : lines.map((line) => line.replace(/ *Process *$| +(?=(?:users|timer):)/, BELOW))
  return `${title}\n${shown.map((line) => INDENT + line.trimEnd()).join('\n')}`
}
