/** A strict reader of OpenMetrics 1.0 text, written from the specification alone: what it takes, a monitor takes. */

/** Values by series, as the text has it: `lastack_sockets{state="LISTEN"}`. */
export type Series = ReadonlyMap<string, number>

interface Family {
  readonly name: string
  type?: string
  unit?: string
  help?: string
  samples: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const ESCAPED = '(?:[^"\\\\\\n]|\\\\[n"\\\\])*'
const DESCRIPTOR = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${ESCAPED})$`)
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="${ESCAPED}"`
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|[+-]Inf|NaN)$`,
)

/** What stands behind the family's name in its samples, by type. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
}

/**
 * Reads the text.
 * @throws Error that names the first line that the format does not allow
 */
export function readOpenMetrics(text: string): Series {
  if (!text.endsWith('# EOF\n')) throw new Error(`no end mark: ${JSON.stringify(text.slice(-20))}`)
  const series = new Map<string, number>()
  const families = new Map<string, Family>()
  let current: Family | undefined
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const descriptor = DESCRIPTOR.exec(line)
    if (descriptor === null) {
      readSample(line, current, series)
      continue
    }
    const [, kind, name = '', value = ''] = descriptor
    if (current?.name !== name) {
      if (families.has(name)) throw new Error(`${line}: the family was begun before`)
      current = { name, samples: 0 }
      families.set(name, current)
    }
    describe(current, kind === 'TYPE' ? 'type' : kind === 'UNIT' ? 'unit' : 'help', value, line)
  }
  checkHistograms(families, series)
  return series
}

function describe(family: Family, kind: 'type' | 'unit' | 'help', value: string, line: string): void {
  if (family.samples > 0) throw new Error(`${line}: behind a sample of its family`)
  if (family[kind] !== undefined) throw new Error(`${line}: said twice`)
  if (kind === 'type' && !Object.hasOwn(SUFFIXES, value)) throw new Error(`${line}: no such type`)
  if (kind === 'unit' && !family.name.endsWith(`_${value}`)) throw new Error(`${line}: not the end of the name`)
  family[kind] = value
}

function readSample(line: string, family: Family | undefined, series: Map<string, number>): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === '') throw new Error(`${JSON.stringify(line)}: neither a sample nor a descriptor`)
  if (family?.type === undefined) throw new Error(`${line}: no TYPE before it`)
  const suffix = SUFFIXES[family.type]?.find((one) => name === family.name + one)
  if (suffix === undefined) throw new Error(`${line}: no sample of ${family.name}, a ${family.type}`)
  const names = [...labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
  if (new Set(names).size < names.length) throw new Error(`${line}: a label twice`)
  if (names.includes('le') !== (suffix === '_bucket')) throw new Error(`${line}: "le" is of buckets, and of them alone`)
  const number = value.endsWith('Inf') ? Number(`${value}inity`) : Number(value)
  if (family.type === 'counter' && !(number >= 0)) throw new Error(`${line}: a counter below 0`)
  const key = labels === '' ? name : `${name}{${labels}}`
  if (series.has(key)) throw new Error(`${line}: the series is there already`)
  series.set(key, number)
  family.samples++
}

/** Buckets hold what smaller ones hold, and the last holds all. */
function checkHistograms(families: ReadonlyMap<string, Family>, series: Series): void {
  for (const { name, type } of families.values()) {
    if (type !== 'gaugehistogram') continue
    let below = 0
    for (const [key, value] of series) {
      if (!key.startsWith(`${name}_bucket{`)) continue
      if (value < below) throw new Error(`${key}: fewer than in the bucket before`)
      below = value
      if (!key.includes('le="+Inf"')) continue
      const count = series.get(
        key
          .replace('_bucket', '_gcount')
          .replace(/,?le="\+Inf"/, '')
          .replace('{}', ''),
      )
      if (count !== value) throw new Error(`${key}: ${value}, but the count is ${count}`)
      below = 0
    }
  }
}
