import { formatDuration, SECOND } from '../../base/index.ts'
import type { Program, Running } from '../program.ts'
import type { Lab, Pair } from './lab.ts'
import { dial, listen } from './programs.ts'
import type { Wait } from './wait.ts'

/** Three hundred times as much takes three hundred times as long. */
const PATIENCE = 600_000 * SECOND
const AT_ONCE = 65_536

const WORD = 4

/** Compares octets, word by word: a run may carry three hundred times as much. */
function areSame(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  const first = new DataView(a.buffer, a.byteOffset + aStart, length)
  const second = new DataView(b.buffer, b.byteOffset + bStart, length)
  let i = 0
  for (; i + WORD <= length; i += WORD) if (first.getInt32(i) !== second.getInt32(i)) return false
  for (; i < length; i++) if (first.getUint8(i) !== second.getUint8(i)) return false
  return true
}

/** What a server has read, held against what its client wrote, over and over. */
class Reading {
  read = 0
  /** Each octet so far was what had been written in that place. */
  isSame = true
  /** The end of file was read. */
  isOver = false
  private readonly written: Uint8Array

  constructor(written: Uint8Array) {
    this.written = written
  }

  *all(p: Program, fd: number): Running<void> {
    for (;;) {
      const { result, data } = yield* p.recv(fd, AT_ONCE)
      if (result <= 0) break
      this.compare(data)
    }
    this.isOver = true
  }

  private compare(data: Uint8Array): void {
    const { written } = this
    for (let done = 0; done < data.length; ) {
      const at = (this.read + done) % written.length
      const some = Math.min(data.length - done, written.length - at)
      if (!areSame(data, done, written, at, some)) this.isSame = false
      done += some
    }
    this.read += data.length
  }
}

/**
 * A client sends so many octets, as many times as the run says, and closes; a server reads to the end and closes. Told and checked
 * up to the orderly close.
 */
export function* carryBulk(lab: Lab, { client, server }: Pair, octets: number): Generator<Wait, void, void> {
  const { times } = lab.setting
  const data = new Uint8Array(octets)
  for (let i = 0; i < octets; i++) data[i] = i * 31 + (i >> 8)
  const reading = new Reading(data)
  server.run('server', function* (p) {
    const conn = yield* p.accept(listen(p, 80))
    yield* reading.all(p, conn)
    p.close(conn)
  })
  client.run('client', function* (p) {
    const fd = yield* dial(p, 'server', 80)
    for (let n = 0; n < times; n++) yield* p.send(fd, data)
    p.close(fd)
  })
  const sent = octets * times
  yield* lab.expect(
    'everything was read',
    () => reading.isOver && reading.read === sent,
    () => `${reading.read} octets of ${sent}`,
    PATIENCE,
  )
  lab.say(`It took ${formatDuration(lab.now)}.`)
  lab.check('octet by octet as it was written', reading.isSame)
  yield* lab.both([client, 'TIME-WAIT'], [server, 'CLOSED'], 'and the connection closed as usual')
}
