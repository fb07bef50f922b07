import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HostError } from '../errors.ts'
import { connectThroughStack, readStackSockets } from './ask.ts'
import { Frame, FrameChannel } from './control-frames.ts'

let folder: string
let server: Server | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-ask-'))
  mkdirSync(join(folder, 'lastack'))
  vi.stubEnv('XDG_RUNTIME_DIR', folder)
})

afterEach(() => {
  server?.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A stack whose peer says that, at once, and then nothing for ever, unless the stack is killed. */
async function stackThatSays(text: string, isKilled = false, times = 1): Promise<void> {
  server = createServer((socket) => {
    const channel = new FrameChannel(socket)
    channel.onFrame = (kind) => {
      if (kind !== Frame.QUESTION) return
      channel.sendJson(Frame.ANSWER, { peer: '10.91.0.1:8000' })
      for (let i = 0; i < times; i++) channel.send(Frame.DATA, text)
      if (isKilled) socket.end()
    }
  })
  await new Promise<void>((resolve) => server?.listen(join(folder, 'lastack', 'stack0.sock'), resolve))
}

test('whoever nobody reads any more ends, though the peer has not closed', async () => {
  await stackThatSays('more than head -1 wants')
  const output = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  const said: string[] = []
  await connectThroughStack({
    stack: undefined,
    question: { ask: 'connect', address: '10.91.0.1', port: 8000 },
    input: new PassThrough(),
    output,
    shutdown: false,
    said: (line) => said.push(line),
  })
  expect(said).toEqual(['connected with 10.91.0.1:8000'])
})

test('and though the peer has more to say, which waits for the output to be read', async () => {
  await stackThatSays('x'.repeat(100_000), false, 80)
  let calls = 0
  // The second piece is one too many; by then what follows it is held back.
  const output = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => setTimeout(() => done(++calls > 1 ? new Error('write EPIPE') : null), 50),
  })
  await connectThroughStack({
    stack: undefined,
    question: { ask: 'connect', address: '10.91.0.1', port: 8000 },
    input: new PassThrough(),
    output,
    shutdown: false,
    said: () => undefined,
  })
  expect(calls).toBe(2)
})

test('a stack that is killed is told, and not taken for a peer that has closed', async () => {
  await stackThatSays('half of it', true)
  const asked = connectThroughStack({
    stack: undefined,
    question: { ask: 'connect', address: '10.91.0.1', port: 8000 },
    input: new PassThrough(),
    output: new PassThrough(),
    shutdown: false,
    said: () => undefined,
  })
  await expect(asked).rejects.toEqual(new HostError('stack stack0: it has ended'))
})

test('a connection that does not open in time is given up, and the stack hears of it', async () => {
  const gone = new Promise<void>((resolve) => {
    server = createServer((socket) => {
      socket.resume()
      socket.once('close', () => resolve())
    })
  })
  await new Promise<void>((resolve) => server?.listen(join(folder, 'lastack', 'stack0.sock'), resolve))
  const asked = connectThroughStack({
    stack: undefined,
    question: { ask: 'connect', address: '10.91.0.1', port: 8000 },
    patience: 0.1,
    input: new PassThrough(),
    output: new PassThrough(),
    shutdown: false,
    said: () => undefined,
  })
  await expect(asked).rejects.toEqual(new HostError('10.91.0.1 port 8000: no connection after 0.1 s'))
  await gone
})

test('stacks of another user are not taken for none', async () => {
  const mine = process.geteuid?.()
  chmodSync(join(folder, 'lastack'), 0)
  // Root may look anywhere.
  if (mine === 0) process.seteuid?.(65_534)
  const asked = readStackSockets('stack0')
  if (mine === 0) process.seteuid?.(0)
  await expect(asked).rejects.toEqual(
    new HostError(`${join(folder, 'lastack')}: EACCES: stacks that another user runs: ask as that user`),
  )
})
