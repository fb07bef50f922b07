import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { MetricFamily } from '../../doctor/index.ts'
import { HostError } from '../errors.ts'
import type { RunningServer } from '../serve/server.ts'
import { type MetricsOptions, startMetricsServer } from './server.ts'

const FAMILIES: readonly MetricFamily[] = [{ name: 'x', type: 'gauge', help: 'X.', samples: [{ value: 1 }] }]
let running: RunningServer[] = []

afterEach(async () => {
  await Promise.all(running.map((server) => server.close()))
  running = []
})

async function start(options: Partial<MetricsOptions> = {}): Promise<RunningServer> {
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0, read: () => FAMILIES, ...options })
  running.push(server)
  return server
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

function ask(url: string, method: string = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asked.on('error', reject).end()
  })
}

test('answers the numbers of now, as OpenMetrics or in the older text', async () => {
  const { url } = await start()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  const answers = [await ask(url, 'GET', { Accept: 'application/openmetrics-text; version=1.0.0' }), await ask(url)]
  expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  expect(answers.map(({ body }) => body)).toEqual([
    '# TYPE x gauge\n# HELP x X.\nx 1\n# EOF\n',
    '# HELP x X.\n# TYPE x gauge\nx 1\n',
  ])
  for (const { status, headers, body } of answers) {
    expect({ status, ...headers }).toMatchObject({
      status: 200,
      'content-length': String(body.length),
      'cache-control': 'no-store',
      vary: 'Accept',
    })
  }
})

test('before the first look there is nothing to answer', async () => {
  const { url } = await start({ read: () => undefined })
  expect(await ask(url)).toMatchObject({ status: 503, body: 'the first look is not over yet\n' })
})

test.each([
  ['/', 'GET', {}, 404],
  ['/metrics/', 'GET', {}, 404],
  ['/metrics', 'POST', {}, 405],
  ['/metrics', 'GET', { Host: 'evil.example' }, 403],
  ['/metrics', 'GET', { Origin: 'http://evil.example' }, 403],
  ['/metrics?a=b', 'GET', { Host: 'localhost:1' }, 200],
])('%s %s %j is %i, in one line', async (path, method, headers, status) => {
  const { port } = await start()
  const answer = await ask(`http://127.0.0.1:${port}${path}`, method, headers as Record<string, string>)
  expect(answer.status).toBe(status)
  if (status !== 200) expect(answer.body).toMatch(/^[^\n]+\n$/)
})

test('where others can reach it, it may be asked by any name, but not by a page', async () => {
  const { url } = await start({ host: '0.0.0.0' })
  expect(await ask(url, 'GET', { Host: 'web1.example:9788' })).toMatchObject({ status: 200 })
  const page = { Host: 'web1.example:9788', Origin: 'http://evil.example' }
  expect(await ask(url, 'GET', page)).toMatchObject({ status: 403 })
})

test('on a port that is taken is one line', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  await expect(start({ port })).rejects.toThrow(
    new HostError(`port ${port} of 127.0.0.1 is in use: end the program that has it, or choose another port`),
  )
  await new Promise((resolve) => other.close(resolve))
})
