import type { LabOptions, LabResult } from 'lastack/sim'
import { stateName } from 'lastack/tcp'

/** What a test is made of. */
export interface TestSource {
  readonly options: LabOptions
  /** What was done to the run, after how many of its events. */
  readonly acts: readonly { readonly tick: number; readonly words: string }[]
  readonly result: LabResult
}

function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", "\\'").replaceAll('"', "'")
}

function optionsText(options: LabOptions): string {
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && !isEmpty(name, value))
  return `{ ${given.map(([name, value]) => `${name}: ${literal(value)}`).join(', ')} }`
}

function isEmpty(name: string, value: unknown): boolean {
  return name === 'set' && Object.keys(value as object).length === 0
}

function statesOf({ events }: LabResult, host: number): string[] {
  return events.flatMap((event) => (event.kind === 'state' && event.host === host ? [stateName(event.to)] : []))
}

/** A run as a test for vitest, that needs nothing but lastack: it plays the run again and expects every host to go the same way. */
export function vitestText({ options, acts, result }: TestSource): string {
  const { info, hosts, verdict, endedAt } = result
  const deeds = acts.map(({ words }) => words).join('; ')
  const ends = hosts.filter(({ kind }) => kind === 'host')
  const lines = [
    "import { startScenario } from 'lastack/sim'",
    "import { stateName } from 'lastack/tcp'",
    "import { expect, test } from 'vitest'",
    '',
    `test(${literal(deeds === '' ? info.id : `${info.id}: ${deeds}`)}, () => {`,
    `  const run = startScenario(${literal(info.id)}, ${optionsText({ ...options, case: result.case.id })})`,
    ...actLines(acts),
    '  const { events, verdict, endedAt } = run.finish()',
    '  const states = (host) =>',
    "    events.flatMap((event) => (event.kind === 'state' && event.host === host ? [stateName(event.to)] : []))",
    ...ends.map(
      ({ index, name }) => `  expect(states(${index}), ${literal(name)}).toEqual(${literal(statesOf(result, index))})`,
    ),
    `  expect({ verdict, endedAt }).toEqual({ verdict: ${literal(verdict)}, endedAt: ${endedAt} })`,
    '})',
    '',
  ]
  return lines.join('\n')
}

function actLines(acts: TestSource['acts']): string[] {
  if (acts.length === 0) return []
  const later = acts.some(({ tick }) => tick > 0)
  const playing = [
    '  let played = 0',
    '  const playTo = (tick) => {',
    '    for (; played < tick; played++) run.next()',
    '  }',
  ]
  const deeds = acts.flatMap(({ tick, words }) => [
    ...(tick > 0 ? [`  playTo(${tick})`] : []),
    `  run.act(${literal(words)})`,
  ])
  return [...(later ? playing : []), ...deeds]
}
