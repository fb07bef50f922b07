import { beforeEach, expect, test } from 'vitest'
import { Iperf3Server } from './iperf3.ts'
import { type LoneClient, LoneStack } from './lone-stack.testing.ts'

const PORT = 5201
const PARAM_EXCHANGE = '\x09'
const CREATE_STREAMS = '\x0a'
const STARTED = '\x01\x02'
const TEST_END = '\x04'
const EXCHANGE_RESULTS = '\x0d'
const DISPLAY_RESULTS = '\x0e'
const IPERF_DONE = '\x10'
const ACCESS_DENIED = '\xff'

let stack: LoneStack

beforeEach(() => {
  stack = new LoneStack()
  const server = new Iperf3Server()
  stack.sockets.listen('iperf3', PORT, (socket) => server.connected(socket))
})

function cookie(letter: string): string {
  return `${letter.repeat(36)}\0`
}

function json(value: object): string {
  const text = JSON.stringify(value)
  return `\0\0\0${String.fromCharCode(text.length)}${text}`
}

/** A control connection whose parameters are agreed on. */
async function agreed(letter: string): Promise<LoneClient> {
  const control = await stack.client(PORT)
  control.say(cookie(letter))
  expect(await control.hear(PARAM_EXCHANGE)).toBe(PARAM_EXCHANGE)
  control.say(json({ tcp: true }))
  expect(await control.hear(CREATE_STREAMS)).toBe(CREATE_STREAMS)
  return control
}

/** One whose test is under way. */
async function started(letter: string): Promise<LoneClient> {
  const control = await agreed(letter)
  const data = await stack.client(PORT)
  data.say(cookie(letter))
  expect(await control.hear(STARTED)).toBe(STARTED)
  return control
}

test('who comes while a test is under way is told that the server is busy', async () => {
  await started('a')
  const other = await stack.client(PORT)
  other.say(cookie('b'))
  expect(await other.hear(ACCESS_DENIED)).toBe(ACCESS_DENIED)
})

test.each([
  ['which has said that it is done', true],
  ['which gives up', false],
])('who comes together with the end of the test before, %s, is welcome', async (_, isDone) => {
  const control = await started('a')
  if (isDone) {
    control.say(TEST_END)
    expect(await control.hear(EXCHANGE_RESULTS)).toBe(EXCHANGE_RESULTS)
    control.say(json({}))
    expect((await control.hear(DISPLAY_RESULTS)).slice(-1)).toBe(DISPLAY_RESULTS)
  }
  const next = await stack.client(PORT)
  stack.run(() => {
    if (isDone) control.say(IPERF_DONE)
    control.socket.close()
    next.say(cookie('b'))
  })
  expect(await next.hear(PARAM_EXCHANGE)).toBe(PARAM_EXCHANGE)
})

test('a client that goes before its data connections have come is no test any more', async () => {
  const control = await agreed('a')
  control.socket.close()
  for (let turn = 0; turn < 5; turn++) await stack.turn()
  const next = await stack.client(PORT)
  next.say(cookie('b'))
  expect(await next.hear(PARAM_EXCHANGE)).toBe(PARAM_EXCHANGE)
})
