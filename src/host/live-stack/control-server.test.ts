import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
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
