import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage, request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { emptyReading, FrameListener, type HeardFrame } from './frames.testing.ts'
import { type RunningServer, type ServerOptions, startServer } from './server.ts'

let directory: string
let running: RunningServer[] = []

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lastack-serve-'))
  mkdirSync(join(directory, 'assets'))
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>lastack</title>')
})

afterEach(async () => {
  await Promise.all(running.map((server) => server.close()))
  running = []
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

const READING = emptyReading(1)

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ directory, port: 0, read: () => Promise.resolve(READING), ...options })
  running.push(server)
  return server
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

function ask(
  server: RunningServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  said = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(server.url, { path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asked.on('error', reject).end(said)
  })
}

describe('an answer', () => {
  test('to / is the page, under a policy that lets nothing in from elsewhere', async () => {
    const answer = await ask(await start(), '/')
    expect(answer).toMatchObject({ status: 200, body: '<!doctype html><title>lastack</title>' })
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/),
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  test('to /api/sockets is a snapshot', async () => {
    const answer = await ask(await start(), '/api/sockets?now=1')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(JSON.parse(answer.body)).toEqual({ ...READING.facts, rows: [] })
  })

  test('to /api/connection is one socket in full, or that it is not there any more', async () => {
    const [local, peer] = [
      { address: '10.0.0.1', port: 80 },
      { address: '10.0.0.2', port: 40_000 },
    ]
    const base = { source: 'netlink', netid: 'tcp', family: 4, state: 'CLOSE-WAIT', local, peer } as const
    const rows = [{ ...base, recvQueue: 1, sendQueue: 0, cookie: 12n, owners: [{ pid: 7, command: 'python3', fd: 4 }] }]
    const server = await start({ read: () => Promise.resolve({ ...READING, rows }) })
    const [there, gone] = [
      await ask(server, '/api/connection?cookie=12'),
      await ask(server, '/api/connection?cookie=13'),
    ]
    expect(JSON.parse(there.body)).toMatchObject({
      takenAt: READING.facts.takenAt,
      socket: { state: 'CLOSE-WAIT', cookie: '12' },
      info: null,
      prospect: { waits: '10.0.0.2:40000 has closed and waits for python3 (pid 7) to close too.' },
      seen: null,
    })
    expect(JSON.parse(gone.body)).toEqual({ takenAt: 1, socket: null, info: null, prospect: null, seen: null })
  })

  test('to HEAD has the same headers and no body', async () => {
    const server = await start()
    for (const path of ['/', '/api/sockets', '/absent']) {
      const [whole, head] = [await ask(server, path), await ask(server, path, {}, 'HEAD')]
      expect(head).toMatchObject({ status: whole.status, body: '' })
      expect(head.headers['content-length']).toBe(String(whole.body.length))
    }
    expect(await ask(server, '/api/stream', {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  test('to what the client has already is 304', async () => {
    const server = await start()
    const { headers } = await ask(server, '/')
    expect(await ask(server, '/', { 'If-None-Match': headers.etag ?? '' })).toMatchObject({ status: 304, body: '' })
  })

  test.each([
    ['/absent', {}, 'GET', 404],
    ['/../../etc/passwd', {}, 'GET', 404],
    ['/api/other', {}, 'GET', 404],
    ['/api/connection?cookie=-1', {}, 'GET', 400],
    ['/api/connection', {}, 'GET', 400],
    ['/', {}, 'POST', 405],
    ['/api/sockets', { Host: 'evil.example' }, 'GET', 403],
    ['/api/stream', { Origin: 'http://evil.example' }, 'GET', 403],
    ['/', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, 'GET', 403],
  ])('to %s %j %s is %i, and says why in one line', async (path, headers, method, status) => {
    const answer = await ask(await start(), path, headers as Record<string, string>, method)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/^[^\n]+$/) })
    expect(answer.headers['content-security-policy']).toBeDefined()
  })

  test('to a reading that fails says what failed', async () => {
    const failing = await start({ read: () => Promise.reject(new HostError('netlink: receive: ENOBUFS')) })
    expect(await ask(failing, '/api/sockets')).toMatchObject({
      status: 503,
      body: '{"error":"netlink: receive: ENOBUFS"}',
    })
    const broken = await start({ read: () => Promise.reject(new TypeError('a bug')) })
    expect(await ask(broken, '/api/sockets')).toMatchObject({ status: 500, body: '{"error":"a bug"}' })
  })
})

describe('actions', () => {
  const PLAN = '/api/heal/plan'
  const JSON_TYPE = { 'Content-Type': 'application/json' }

  test('are not there unless they were allowed, and the page is not told of any', async () => {
    const server = await start()
    expect(server.token).toBeUndefined()
    for (const path of [PLAN, '/api/heal/apply', '/api/heal/']) {
      for (const method of ['GET', 'POST']) {
        expect(
          await ask(server, path, { ...JSON_TYPE, 'X-Lastack-Token': '' }, method, method === 'POST' ? '{}' : ''),
        ).toMatchObject({
          status: 404,
          body: '{"error":"there is no such page"}',
        })
      }
    }
    expect(JSON.parse((await ask(server, '/api/sockets')).body)).not.toHaveProperty('mayHeal')
  })

  test('each console has a token of its own, and tells the page that there are actions', async () => {
    const servers = [await start({ allowHeal: true }), await start({ allowHeal: true })] as const
    expect(servers[0].token).toMatch(/^[\w-]{20}$/)
    expect(servers[0].token).not.toBe(servers[1].token)
    expect(JSON.parse((await ask(servers[0], '/api/sockets')).body)).toHaveProperty('mayHeal', true)
  })

  test.each<[string, Record<string, string>, string, string, number]>([
    ['without the token', { 'X-Lastack-Token': '' }, 'POST', '{}', 401],
    ['with the beginning of it', { 'X-Lastack-Token': 'TOKEN-5' }, 'POST', '{}', 401],
    ['under a foreign name', { Host: 'evil.example' }, 'POST', '{}', 403],
    ['from a page elsewhere', { Origin: 'http://evil.example' }, 'POST', '{}', 403],
    ['by a link', {}, 'GET', '', 405],
    ['by a form', { 'Content-Type': 'text/plain' }, 'POST', '{}', 400],
    ['with half of an object', {}, 'POST', '{"how":', 400],
    ['too long', {}, 'POST', `"${'x'.repeat(1 << 16)}"`, 400],
    ['without a remedy', {}, 'POST', '{"cookies":["1"]}', 409],
    ['for no socket', {}, 'POST', '{"how":"shutdown","cookies":[]}', 409],
    ['for what is no cookie', {}, 'POST', '{"how":"shutdown","cookies":["-1"]}', 409],
  ])('asked for %s are refused in one line', async (_, headers, method, said, status) => {
    const server = await start({ allowHeal: true })
    const token = headers['X-Lastack-Token']?.replace('TOKEN-5', server.token?.slice(0, -5) ?? '') ?? server.token
    const answer = await ask(server, PLAN, { ...JSON_TYPE, ...headers, 'X-Lastack-Token': token ?? '' }, method, said)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/^[^\n]+$/) })
  })

  test('that were not shown before are not done', async () => {
    const server = await start({ allowHeal: true })
    const headers = { ...JSON_TYPE, 'X-Lastack-Token': server.token ?? '' }
    expect(await ask(server, '/api/heal/apply', headers, 'POST', '{"plan":"1"}')).toMatchObject({
      status: 409,
      body: '{"error":"this plan is not known, done already, or too old: look again"}',
    })
  })
})

/** Opens the stream and resolves with the response when its first frame is there. */
function openStream(server: RunningServer): Promise<{ response: IncomingMessage; first: HeardFrame | undefined }> {
  return new Promise((resolve, reject) => {
    get(`${server.url}/api/stream`, (response) => {
      response.on('error', () => response.destroy())
      response.once('data', (bytes: Buffer) => resolve({ response, first: new FrameListener().hear(bytes)[0] }))
    }).on('error', reject)
  })
}

describe('the stream', () => {
  test('begins with a reading at once', async () => {
    const { response, first } = await openStream(await start())
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store',
    })
    expect(first).toEqual(READING)
    response.destroy()
  })

  test('tells how old each socket is, whether there are actions or not', async () => {
    const ends = { local: { address: '10.0.0.1', port: 80 }, peer: { address: '10.0.0.2', port: 40_000 } }
    const base = {
      source: 'netlink',
      netid: 'tcp',
      family: 4,
      state: 'CLOSE-WAIT',
      recvQueue: 1,
      sendQueue: 0,
    } as const
    const read = () => Promise.resolve({ ...READING, rows: [{ ...base, ...ends }], ageOf: () => 5000 })
    for (const allowHeal of [false, true]) {
      const { response, first } = await openStream(await start({ read, allowHeal }))
      expect(first).toMatchObject({ rows: [{ ageMs: 5000 }] })
      response.destroy()
    }
  })

  test('stops the readings when the last client goes', async () => {
    let readings = 0
    const server = await start({
      read: () => {
        readings++
        return Promise.resolve(READING)
      },
    })
    const { response } = await openStream(server)
    response.destroy()
    await new Promise((resolve) => setTimeout(resolve, 1300))
    expect(readings).toBe(1)
  })

  test('has room for 64', async () => {
    const server = await start()
    const streams = await Promise.all(Array.from({ length: 64 }, () => openStream(server)))
    expect(await ask(server, '/api/stream')).toMatchObject({
      status: 503,
      body: '{"error":"64 streams are open, which is the most"}',
    })
    for (const { response } of streams) response.destroy()
  })

  test('goes on for fifty while one never reads', async () => {
    const server = await start()
    const silent = await connected(server)
    silent.pause()
    silent.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const streams = await Promise.all(Array.from({ length: 50 }, () => openStream(server)))
    await Promise.all(streams.map(({ response }) => new Promise((resolve) => response.once('data', resolve))))
    expect((await ask(server, '/')).status).toBe(200)
    for (const { response } of streams) response.destroy()
    silent.destroy()
  })

  test('does not gather readings for a client that does not take them', async () => {
    const large = { ...READING, facts: { ...READING.facts, hostname: 'x'.repeat(8_000_000) } }
    let readings = 0
    const server = await start({
      read: () => {
        readings++
        return Promise.resolve(large)
      },
    })
    const silent = await connected(server)
    silent.pause()
    silent.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until(() => readings >= 3)
    // What was sent beyond the first reading would be in the client's and the kernel's buffers.
    silent.resume()
    let octets = 0
    silent.on('data', (bytes) => {
      octets += bytes.length
    })
    await until(() => octets > 8_000_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(octets).toBeLessThan(2 * 8_000_000)
    silent.destroy()
  })
})

function connected(server: RunningServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('the server', () => {
  test('ends at once, streams and idle connections included', async () => {
    const server = await start()
    const { response } = await openStream(server)
    const idle = await connected(server)
    const ended = Promise.all([response, idle].map((stream) => new Promise((resolve) => stream.once('close', resolve))))
    await server.close()
    await ended
    await expect(ask(server, '/')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('on a port that is taken is one line', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    await expect(start({ port })).rejects.toThrow(
      new HostError(`port ${port} of 127.0.0.1 is in use: end the program that has it, or choose another port`),
    )
    other.close()
  })

  test('on an address that is not ours is one line', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toThrow(
      /^192\.0\.2\.1 is no address of this machine: expected one such as /,
    )
  })

  test('without a console is one line', async () => {
    await expect(start({ directory: join(directory, 'assets') })).rejects.toThrow(
      new HostError(`the console is not built: ${join(directory, 'assets', 'index.html')}: ENOENT`),
    )
  })

  test('that listens everywhere names an address to go to', async () => {
    const server = await start({ host: '0.0.0.0' })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect((await ask(server, '/')).status).toBe(200)
  })
})
