import { once } from 'node:events'
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Host } from '../../stack/index.ts'
import { Frame, FrameChannel, parseFrameJson } from './control-frames.ts'
import { ControlServer } from './control-server.ts'
import type { RunningStack } from './running-stack.ts'

let folder: string
let server: ControlServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lastack-control-'))
  vi.stubEnv('XDG_RUNTIME_DIR', folder)
  const host = new Host({ name: 'stack0', seed: 1 })
  server = await ControlServer.open({ name: 'stack0', host, run: <T>(work: () => T) => work() } as RunningStack)
})

afterEach(async () => {
  await server.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** The frame that answers a question, before the server ends the conversation. */
async function answerTo(question: string): Promise<[kind: number, body: Buffer] | undefined> {
  const socket = connect(join(folder, 'lastack', 'stack0.sock'))
  const channel = new FrameChannel(socket)
  let answer: [kind: number, body: Buffer] | undefined
  channel.onFrame = (kind, body) => {
    answer = [kind, body]
  }
  channel.send(Frame.QUESTION, question)
  await once(socket, 'close')
  return answer
}

test('the sockets of the stack are told to whoever asks', async () => {
  const [kind, body] = (await answerTo('{"ask":"rows"}')) ?? []
  expect(kind).toBe(Frame.ANSWER)
  expect(parseFrameJson(body as Buffer)).toEqual([])
})

test('a folder that another stack takes along as it ends is made again', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', join(folder, 'other'))
  const where = join(folder, 'other', 'lastack')
  mkdirSync(where, { recursive: true })
  // Asking whether this one lives takes a while.
  writeFileSync(join(where, 'ending.sock'), '')
  const host = new Host({ name: 'stack1', seed: 1 })
  const opening = ControlServer.open({ name: 'stack1', host, run: <T>(work: () => T) => work() } as RunningStack)
  rmSync(where, { recursive: true })
  const second = await opening
  expect(existsSync(join(where, 'stack1.sock'))).toBe(true)
  await second.close()
  expect(existsSync(where)).toBe(false)
})

test('of two that take one name at a time one has it', async () => {
  const host = new Host({ name: 'stack1', seed: 1 })
  const open = (): Promise<ControlServer> =>
    ControlServer.open({ name: 'stack1', host, run: <T>(work: () => T) => work() } as RunningStack)
  const first = open()
  linkSync(join(folder, 'lastack', 'stack0.sock'), join(folder, 'lastack', 'stack1.sock'))
  await expect(first).rejects.toThrow('stack stack1: it runs already: choose another name (--tun)')
  rmSync(join(folder, 'lastack', 'stack1.sock'))
})

test.each([
  ['what is not JSON', '{"ask":', 'JSON'],
  ['what is no question', '{"ask":"weather"}', 'no such question'],
  ['nothing', 'null', 'null'],
])('%s is answered with an error, and the stack goes on', async (_, question, reason) => {
  const [kind, body] = (await answerTo(question)) ?? []
  expect(kind).toBe(Frame.ERROR)
  expect(String(body)).toContain(reason)
  expect((await answerTo('{"ask":"rows"}'))?.[0]).toBe(Frame.ANSWER)
})
