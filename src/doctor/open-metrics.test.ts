import { describe, expect, test } from 'vitest'
import { readOpenMetrics } from './open-metrics.testing.ts'
import { type MetricFamily, metricsText } from './open-metrics.ts'

function openMetricsText(families: readonly MetricFamily[]): string {
  return metricsText(families, 'application/openmetrics-text').text
}

const FAMILIES: readonly MetricFamily[] = [
  {
    ...{ name: 'age_seconds', type: 'gaugehistogram', unit: 'seconds', help: 'How "old".' },
    samples: [
      { suffix: '_bucket', labels: { le: '1.0' }, value: 0 },
      { suffix: '_bucket', labels: { le: '+Inf' }, value: 2 },
      { suffix: '_gcount', value: 2 },
      { suffix: '_gsum', value: 3.5 },
    ],
  },
  { name: 'drops', type: 'counter', help: 'Lost.', samples: [{ value: 1e21 }] },
  { name: 'empty', type: 'gauge', help: 'None.', samples: [] },
]

test('a family is its descriptors and then its samples, and the end is marked', () => {
  const text = openMetricsText(FAMILIES)
  expect(text).toBe(`# TYPE age_seconds gaugehistogram
# UNIT age_seconds seconds
# HELP age_seconds How \\"old\\".
age_seconds_bucket{le="1.0"} 0
age_seconds_bucket{le="+Inf"} 2
age_seconds_gcount 2
age_seconds_gsum 3.5
# TYPE drops counter
# HELP drops Lost.
drops_total 1e+21
# TYPE empty gauge
# HELP empty None.
# EOF
`)
  expect(readOpenMetrics(text).get('age_seconds_gsum')).toBe(3.5)
})

test('who does not ask for OpenMetrics gets the older text, with the same series', () => {
  expect(metricsText(FAMILIES, 'text/plain;version=0.0.4,*/*;q=0.1')).toEqual({
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: `# HELP age_seconds How "old".
# TYPE age_seconds histogram
age_seconds_bucket{le="1.0"} 0
age_seconds_bucket{le="+Inf"} 2
# HELP age_seconds_gcount How "old".
# TYPE age_seconds_gcount gauge
age_seconds_gcount 2
# HELP age_seconds_gsum How "old".
# TYPE age_seconds_gsum gauge
age_seconds_gsum 3.5
# HELP drops_total Lost.
# TYPE drops_total counter
drops_total 1e+21
# HELP empty None.
# TYPE empty gauge
`,
  })
})

test.each([
  ['', 'text/plain'],
  ['*/*', 'text/plain'],
  ['application/openmetrics-text', 'application/openmetrics-text'],
  [
    'text/html, application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75',
    'application/openmetrics-text',
  ],
  ['application/openmetrics-texts', 'text/plain'],
])('Accept: %s', (accept, type) => {
  expect(metricsText(FAMILIES, accept).type.split(';')[0]).toBe(type)
})

test('a name that a program chose for itself cannot break out of its label', () => {
  const name = 'a"} 1\n# EOF\n\\'
  const text = openMetricsText([{ name: 'x', type: 'gauge', help: 'X.', samples: [{ labels: { name }, value: 1 }] }])
  expect(text.split('\n')[2]).toBe(String.raw`x{name="a\"} 1\n# EOF\n\\"} 1`)
  expect(readOpenMetrics(text).size).toBe(1)
})

test.each([
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
  [-0.25, '-0.25'],
])('%d is written %s', (value, written) => {
  expect(openMetricsText([{ name: 'x', type: 'gauge', help: 'X.', samples: [{ value }] }])).toContain(
    `\nx ${written}\n`,
  )
})

describe('the reader of the tests refuses', () => {
  test.each([
    ['# TYPE x gauge\nx 1\n', /no end mark/],
    ['x 1\n# EOF\n', /no TYPE before it/],
    ['# TYPE x counter\nx 1\n# EOF\n', /no sample of x/],
    ['# TYPE x counter\nx_total -1\n# EOF\n', /below 0/],
    ['# TYPE x gauge\n# UNIT x seconds\nx 1\n# EOF\n', /not the end of the name/],
    ['# TYPE x gauge\nx 1\nx 1\n# EOF\n', /there already/],
    ['# TYPE x gauge\nx 1\n# TYPE y gauge\n# TYPE x gauge\n# EOF\n', /begun before/],
    ['# TYPE x gauge\nx{a="1",a="2"} 1\n# EOF\n', /a label twice/],
    ['# TYPE x gauge\nx{a="1" } 1\n# EOF\n', /neither a sample/],
    ['# TYPE x gauge\n\nx 1\n# EOF\n', /neither a sample/],
    ['# TYPE x gaugehistogram\nx_bucket{le="1.0"} 2\nx_bucket{le="+Inf"} 1\n# EOF\n', /fewer than/],
  ])('%j', (text, message) => {
    expect(() => readOpenMetrics(text)).toThrow(message)
  })
})
