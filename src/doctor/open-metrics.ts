/** The two texts that monitors read, families of samples, one line each: OpenMetrics 1.0, and Prometheus's own that was before it. */

/** One measured thing. Its name ends in its unit, where it has one. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'gaugehistogram'
  readonly unit?: 'seconds' | 'ratio' | undefined
  readonly help: string
  readonly samples: readonly MetricSample[]
}

/** One value of a family. No two of a family have the same suffix and labels. */
export interface MetricSample {
  /** What stands behind the family's name: `_bucket`, `_gcount`, `_gsum`; a counter's `_total` is added by itself. */
  readonly suffix?: '_bucket' | '_gcount' | '_gsum' | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly value: number
}

/** A text and what HTTP calls it. */
export interface MetricsText {
  readonly type: string
  readonly text: string
}

const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const PLAIN_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The text for one who asks.
 * @param accept the Accept header of the question: OpenMetrics goes to those who name it, as Prometheus and its kin do
 */
export function metricsText(families: readonly MetricFamily[], accept: string = ''): MetricsText {
  const isNamed = /(?:^|,)\s*application\/openmetrics-text\s*(?:;|,|$)/i.test(accept)
  return isNamed
    ? { type: OPEN_METRICS_TYPE, text: openMetricsText(families) }
    : { type: PLAIN_TYPE, text: plainText(families) }
}

/** The families one after the other, and the end mark that tells a whole text from a cut one. */
function openMetricsText(families: readonly MetricFamily[]): string {
  const texts = families.map(({ name, type, unit, help, samples }) => {
    const descriptors = [
      `# TYPE ${name} ${type}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escaped(help)}`,
    ]
    return linesOf([...descriptors, ...samples.map((sample) => sampleLine(name, type, sample))])
  })
  return `${texts.join('')}# EOF\n`
}

/** The same series, name by name, in families as the older format has them: a counter's name is that of its samples. */
function plainText(families: readonly MetricFamily[]): string {
  const texts = families.map(({ name, type, help, samples }) => {
    const describe = (of: string, as: string): string[] => [`# HELP ${of} ${plainHelp(help)}`, `# TYPE ${of} ${as}`]
    const lines = (wanted: MetricSample['suffix']): string[] =>
      samples.filter(({ suffix }) => suffix === wanted).map((sample) => sampleLine(name, type, sample))
    if (type === 'counter') return linesOf([...describe(`${name}_total`, 'counter'), ...lines(undefined)])
    if (type === 'gauge') return linesOf([...describe(name, 'gauge'), ...lines(undefined)])
    const sums = (['_gcount', '_gsum'] as const).flatMap((suffix) => [
      ...describe(name + suffix, 'gauge'),
      ...lines(suffix),
    ])
    return linesOf([...describe(name, 'histogram'), ...lines('_bucket'), ...sums])
  })
  return texts.join('')
}

function sampleLine(name: string, type: MetricFamily['type'], { suffix, labels, value }: MetricSample): string {
  return `${name}${type === 'counter' ? '_total' : (suffix ?? '')}${labelText(labels ?? {})} ${numberText(value)}`
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** The three characters that would end a value or a line. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** In a description of the older format a quotation mark stands as it is. */
function plainHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
