import { formatDuration } from '../base/index.ts'
import { buildLadder, parseSs, printLadder, printSs, type SocketRow } from '../inspect/index.ts'
import type { CheckStep, LabHost, LabResult, TableStep } from '../sim/index.ts'
import { columns, wrap } from './text.ts'

/** How a run is printed. */
export interface RunTextOptions {
  readonly width: number
  readonly colour: boolean
  /** The whole ladder; else only its beginning and end when it is long. */
  readonly full: boolean
}

/** Lines of ladder that are printed unasked: a port exhaustion has tens of thousands. */
const LADDER_HEAD = 160
const LADDER_TAIL = 80

/** Everything about a run that is over: what it is, ladder, expectations, tables, verdict. */
export async function runText(result: LabResult, options: RunTextOptions): Promise<string> {
  const { steps, hosts, endedAt } = result
  const checks = steps.filter((step) => step.kind === 'check')
  const tables = steps.filter((step) => step.kind === 'table')
  const parts = [
    heading(result, options.width),
    ...ladders(result, options),
    ...(checks.length > 0 ? [`Expected\n${checkLines(checks)}`] : []),
    ...tables.map((table) => tableText(tableTitle(table), table.rows)),
    ...hosts
      .filter(({ kind }) => kind === 'host')
      .map(({ name }) => tableText(`${name} at the end, ${formatDuration(endedAt)}`, result.tables[name] ?? [])),
    wrap(`Verdict: ${result.verdict}: ${result.because}`, options.width),
  ]
  return `${parts.join('\n\n')}\n`
}

function heading({ info, case: which, personality, seed, hosts }: LabResult, width: number): string {
  const several = info.cases.length > 1
  const cases = several ? `, case ${which.id} of ${info.cases.map(({ id }) => id).join(', ')}` : ''
  const addresses = hosts.map((host) =>
    host.addresses.length > 0 ? `${host.name} ${host.addresses.join(' ')}` : host.name,
  )
  return [
    wrap(`${info.id}: ${info.title}`, width),
    '',
    wrap(info.summary, width),
    '',
    wrap(`${personality}, seed ${seed}${cases}: ${several ? which.title : addresses.join(', ')}`, width),
  ].join('\n')
}

/** One ladder for each two hosts that spoke with each other; the story's words stand in the first. */
function ladders(result: LabResult, options: RunTextOptions): string[] {
  const { events, hosts, steps } = result
  const names: string[] = []
  for (const host of hosts) names[host.index] = host.name
  let remarks = steps.filter((step) => step.kind === 'say').map(({ eventIndex, text }) => ({ eventIndex, text }))
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

function checkLines(checks: readonly CheckStep[]): string {
  return columns(
    checks.map(({ passed, time, sentence, detail }) => [
      passed ? 'ok' : 'FAILED',
      formatDuration(time),
      detail === '' ? sentence : `${sentence}: ${detail}`,
    ]),
    '  ',
  )
}

function tableTitle({ title, host, time }: TableStep): string {
  return `${host}, ${title}, ${formatDuration(time)}`
}

/** A host's sockets as `ss -tuanop` prints them. */
function tableText(title: string, rows: readonly SocketRow[]): string {
  if (rows.length === 0) return `${title}: no sockets`
  const query = parseSs(rows.some(({ netid }) => netid === 'udp') ? ['-tuanop'] : ['-tanop'])
  const table = printSs(query, rows).trimEnd().replace(/ +$/gm, '')
  return `${title}\n${table.replace(/^/gm, '  ')}`
}
