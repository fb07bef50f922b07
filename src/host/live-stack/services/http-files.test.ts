import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpFiles, parseRange } from './http-files.ts'
import { LoneStack } from './lone-stack.testing.ts'

test.each([
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=2-4', 10, { first: 2, last: 4 }],
  ['bytes=7-', 10, { first: 7, last: 9 }],
  ['bytes=7-99', 10, { first: 7, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-99', 10, { first: 0, last: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=4-2', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=0-1', 10, undefined],
] as const)('%s of %d octets', (text, size, expected) => {
  expect(parseRange(text, size)).toEqual(expected)
})

describe('connections', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-http-'))
  const big = 'x'.repeat(5_000_000)
  let stack: LoneStack

  beforeAll(() => {
    writeFileSync(join(folder, 'small.txt'), 'abcdefghij\n')
    mkdirSync(join(folder, 'sub'))
    symlinkSync('nowhere', join(folder, 'dangling'))
    symlinkSync('/etc/passwd', join(folder, 'out'))
    symlinkSync('small.txt', join(folder, 'inside'))
    symlinkSync('sub', join(folder, 'subway'))
    execFileSync('mkfifo', [join(folder, 'fifo')], { timeout: 10_000 })
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    stack = new LoneStack()
    writeFileSync(join(folder, 'big'), big)
    const files = new HttpFiles(folder)
    stack.sockets.listen('http', 80, (socket) => files.connected(socket))
  })

  /** What comes for such requests, up to the end of the connection. */
  async function answers(requests: string, isHalfClosed: boolean): Promise<string> {
    const client = await stack.client(80)
    stack.run(() => {
      client.say(requests)
      if (isHalfClosed) client.socket.end()
    })
    return client.hear('nothing that would come')
  }
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  const close = 'Connection: close\r\n'

  test.each([
    ['one request', get('/small.txt'), 1],
    ['one of HTTP/1.0', 'GET /small.txt HTTP/1.0\r\n\r\n', 1],
    ['three that came together', get('/small.txt') + get('/small.txt') + get('/small.txt'), 3],
  ])('a client that ends its direction has the answer: %s', async (_, requests, count) => {
    const heard = await answers(requests, true)
    expect(heard.match(/^HTTP\/1.1 200 OK\r$/gm)).toHaveLength(count)
    expect(heard.match(/^abcdefghij$/gm)).toHaveLength(count)
  })

  test('and large ones whole', async () => {
    const heard = await answers(get('/big') + get('/small.txt'), true)
    expect(heard.match(/x{1000,}/)?.[0].length).toBe(big.length)
    expect(heard).toMatch(/abcdefghij\n$/)
  })

  test('half a request is refused', async () => {
    expect(await answers('GET /small.txt HTTP/1.1\r\nHo', true)).toMatch(/^HTTP\/1.1 400 /)
  })

  test('a file that shrinks while it is sent ends the connection', async () => {
    const client = await stack.client(80)
    client.say(get('/big'))
    await stack.until(() => client.heard.length > 0)
    truncateSync(join(folder, 'big'), 3_000_000)
    const heard = await client.hear('nothing that would come')
    expect(client.isOver).toBe(true)
    expect(heard.length).toBeLessThan(big.length)
    client.socket.close()
    await stack.until(() => stack.host.describeSockets().every(({ state }) => ['LISTEN', 'TIME-WAIT'].includes(state)))
    expect(stack.host.describeSockets().filter(({ inode, state }) => inode !== 0 && state !== 'LISTEN')).toEqual([])
  })

  test('ranges are for GET', async () => {
    const range = `Range: bytes=2-4\r\n${close}`
    expect(await answers(get('/small.txt', range), false)).toMatch(/^HTTP\/1.1 206 .*\r\n\r\ncde$/s)
    const head = await answers(`HEAD /small.txt HTTP/1.1\r\nHost: x\r\n${range}\r\n`, false)
    expect(head).toMatch(/^HTTP\/1.1 200 .*\r\nContent-Length: 11\r\n/s)
  })

  test('a slash stands behind folders only', async () => {
    expect(await answers(get('/small.txt/', close), false)).toMatch(/^HTTP\/1.1 404 /)
    expect(await answers(get('/sub/', close), false)).toMatch(/^HTTP\/1.1 200 /)
  })

  test('a listing has what can be had, and nothing else', async () => {
    const links = [...(await answers(get('/', close), false)).matchAll(/href="\.\/([^"]*)"/g)].map(([, link]) => link)
    expect(links).toEqual(['big', 'inside', 'small.txt', 'sub/', 'subway/'])
  })
})
