/** The text of OpenMetrics 1.0, which Prometheus reads: families of samples, one line each. */

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

/** The Content-Type of the text. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** The families one after the other, and the end mark that tells a whole text from a cut one. */
export function openMetricsText(families: readonly MetricFamily[]): string {
  return `${families.map(familyText).join('')}# EOF\n`
}

function familyText({ name, type, unit, help, samples }: MetricFamily): string {
  const lines = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(
      ({ suffix, labels, value }) =>
        `${name}${type === 'counter' ? '_total' : (suffix ?? '')}${labelText(labels ?? {})} ${numberText(value)}`,
    ),
  ]
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

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
