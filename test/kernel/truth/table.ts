/** Reading the truth tables beside this file: README.md says what they are and what their steps mean. */
import { readFileSync } from 'node:fs'

/** The tables' names, as `run.py --list` prints them. */
export const TABLES: readonly TableName[] = [
  'errno',
  'bind',
  'options',
  'backlog',
  'arrives',
  'sysctl',
  'timers',
  'recovery',
]
export type TableName = 'errno' | 'bind' | 'options' | 'backlog' | 'arrives' | 'sysctl' | 'timers' | 'recovery'

/** One thing to do on a new host, and what the kernel answered. */
export interface TruthCase {
  /** What a reader calls it: situation, family, and what is done there. */
  readonly name: string
  /** Which row of the table it is a case of, from 1. */
  readonly row: number
  readonly situation: string
  readonly family: '4' | '6' | 'mapped'
  /** Steps whose results do not matter. */
  readonly given: readonly string[]
  /** Steps whose results are `expect`, as many as `expect` has. */
  readonly calls: readonly string[]
  readonly expect: readonly (number | string)[]
  /** Times in `expect` are rounded to this many milliseconds. */
  readonly unitMs: number | undefined
  /** Why another kernel or machine may answer otherwise. */
  readonly depends: string | undefined
}

/** What the kernel had set before each case: sysctl → value. */
export type Settings = Readonly<Record<string, string>>

interface Row {
  readonly in: readonly string[]
  readonly family: readonly TruthCase['family'][]
  readonly with?: Readonly<Record<string, readonly (number | string)[]>>
  readonly given?: readonly string[]
  readonly calls?: readonly string[]
  readonly expect: readonly (number | string)[]
  readonly unit?: number
  readonly depends?: string
}

interface Situation {
  readonly given: readonly string[]
  readonly calls?: readonly string[]
}

interface Table {
  readonly about: { readonly kernel: string; readonly sysctl: Settings }
  readonly situations: Readonly<Record<string, Situation>>
  readonly rows: readonly Row[]
}

type Parameters = Readonly<Record<string, number | string>>

/** A table with every row taken apart into its cases. Throws when a row names a situation or a parameter that is not there. */
export function readTable(name: TableName): { settings: Settings; cases: readonly TruthCase[] } {
  const table = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Table
  return { settings: table.about.sysctl, cases: table.rows.flatMap((row, i) => casesOf(table, row, i + 1)) }
}

function casesOf(table: Table, row: Row, number: number): TruthCase[] {
  const combinations = combine(Object.entries(row.with ?? {}))
  return row.in.flatMap((situation) =>
    row.family.flatMap((family) =>
      combinations.map((chosen) => ({ row: number, ...caseOf(table, row, situation, family, chosen) })),
    ),
  )
}

function caseOf(
  table: Table,
  row: Row,
  situation: string,
  family: TruthCase['family'],
  chosen: Parameters,
): Omit<TruthCase, 'row'> {
  const place = table.situations[situation]
  if (place === undefined) throw new Error(`no situation is called ${situation}`)
  const calls = (row.calls ?? place.calls ?? []).slice(0, row.expect.length).map((step) => fill(step, chosen))
  return {
    name: [`${situation}, family ${family}:`, ...calls].join(' '),
    situation,
    family,
    given: [...place.given, ...(row.given ?? [])].map((step) => fill(step, chosen)),
    calls,
    expect: row.expect,
    unitMs: row.unit,
    depends: row.depends,
  }
}

function fill(step: string, chosen: Parameters): string {
  return step.replace(/\$(\w+)/g, (_text, name: string) => {
    const value = chosen[name]
    if (value === undefined) throw new Error(`${step}: the row has no parameter ${name}`)
    return String(value)
  })
}

/** Every choice of one value for each name. */
function combine(lists: readonly (readonly [string, readonly (number | string)[]])[]): Parameters[] {
  return lists.reduce<Parameters[]>(
    (chosen, [name, values]) => chosen.flatMap((so) => values.map((value) => ({ ...so, [name]: value }))),
    [{}],
  )
}
