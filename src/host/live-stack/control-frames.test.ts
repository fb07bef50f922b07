import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Frame, FrameChannel, parseFrameJson } from './control-frames.ts'

const path = join(tmpdir(), `lastack-frames-${process.pid}.sock`)
const server = createServer()
let [here, there]: Socket[] = []

beforeAll(async () => {
  server.listen(path)
  await once(server, 'listening')
  here = createConnection(path)
  ;[there] = (await once(server, 'connection')) as [Socket]
})

afterAll(() => {
  here?.destroy()
  there?.destroy()
  server.close()
})

test('frames come out as they went in, however the octets are cut, with their bigints', async () => {
  const [sender, receiver] = [new FrameChannel(here as Socket), new FrameChannel(there as Socket)]
  const seen: unknown[] = []
  const last = new Promise<void>((resolve) => {
    receiver.onFrame = (kind, body) => {
      seen.push(kind === Frame.ANSWER ? parseFrameJson(body) : [kind, body.length])
      if (kind === Frame.END) resolve()
    }
  })
  sender.sendJson(Frame.ANSWER, { cookie: 2n ** 60n, rows: [{ state: 'LISTEN' }] })
  sender.send(Frame.DATA, new Uint8Array(200_000))
  for (const octet of [Frame.DATA, 0, 0, 0, 3, 1, 2]) (here as Socket).write(Uint8Array.of(octet))
  ;(here as Socket).write(Uint8Array.of(3))
  sender.send(Frame.END)
  await last
  expect(seen).toEqual([
    { cookie: 2n ** 60n, rows: [{ state: 'LISTEN' }] },
    [Frame.DATA, 200_000],
    [Frame.DATA, 3],
    [Frame.END, 0],
  ])
})
