import { describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { DiagSocket } from './dump.ts'
import type { Libc } from './libc.ts'
import { dumpRequest } from './message.ts'
import { DONE, INET, octets } from './recorded.testing.ts'

const REQUEST = dumpRequest(new Uint8Array(56), 1)
const INTERRUPTED = `${DONE.slice(0, 12)}1200${DONE.slice(16)}`
const REFUSED = `24000000020000000100000000000000feffffff${'00'.repeat(16)}`
const EINTR = -4

/** Views lie so far apart that an address tells which it is of. */
const APART = 2 ** 24
const MSG_TRUNC = 0x20n
const NLMSG_DONE = 3

/** A kernel that answers every receive with the next datagram or −errno of its list, and writes down what it is asked. */
class RecordedKernel implements Libc {
  readonly calls: string[] = []
  readonly word = 8
  readonly #answers: (Uint8Array | number)[]
  readonly #views: Uint8Array[] = []

  constructor(answers: readonly (Uint8Array | number)[]) {
    this.#answers = [...answers]
  }

  socket(): number {
    return 5
  }
  bind(): number {
    return 0
  }
  setsockopt(): number {
    return 0
  }
  sendto(fd: number, message: Uint8Array): number {
    this.calls.push(`send ${fd}`)
    return message.length
  }
  recv(_fd: number, into: Uint8Array): number {
    const answer = this.#answers.shift()
    if (answer === undefined) throw new Error('asked for more than was recorded')
    if (typeof answer === 'number') return answer
    into.set(answer.subarray(0, into.length))
    return answer.length
  }
  close(fd: number): number {
    this.calls.push(`close ${fd}`)
    return 0
  }
  addressOf(view: Uint8Array): number {
    this.#views.push(view)
    return (this.#views.length - 1) * APART
  }
  /** An error ends the call behind what came before it, and the next call tells it. */
  async receiveMany(_fd: number, entries: number, most: number): Promise<number> {
    const at = (address: number): DataView => {
      const view = this.#views[Math.floor(address / APART)] as Uint8Array
      return new DataView(view.buffer, view.byteOffset + (address % APART))
    }
    for (let count = 0; ; count++) {
      const [answer] = this.#answers
      if (count === most || !(answer instanceof Uint8Array)) return count === 0 ? -1 : count
      this.#answers.shift()
      const header = at(entries + count * 64)
      const iovec = at(Number(header.getBigUint64(16, true)))
      const room = Number(iovec.getBigUint64(8, true))
      const memory = at(Number(iovec.getBigUint64(0, true)))
      for (let i = 0; i < Math.min(answer.length, room); i++) memory.setUint8(i, answer[i] as number)
      header.setBigUint64(48, answer.length > room ? MSG_TRUNC : 0n, true)
      header.setBigUint64(56, BigInt(Math.min(answer.length, room)), true)
      // Behind the end of a dump there is nothing until it is asked again.
      if (answer[4] === NLMSG_DONE) return count + 1
    }
  }
  deviceName(): undefined {
    return undefined
  }
}

async function dumpAside(kernel: Libc): Promise<{ collected: Uint8Array; consistent: boolean }> {
  const socket = new DiagSocket(kernel)
  let collected: Uint8Array[] = []
  const consistent = await socket.dumpAside(
    REQUEST,
    (bytes) => collected.push(bytes.slice()),
    () => {
      collected = []
    },
  )
  socket.close()
  return { collected: Buffer.concat(collected), consistent }
}

function dump(kernel: Libc): { collected: Uint8Array[]; consistent: boolean } {
  const socket = new DiagSocket(kernel)
  let collected: Uint8Array[] = []
  const consistent = socket.dump(
    REQUEST,
    (bytes) => collected.push(bytes.slice()),
    () => {
      collected = []
    },
  )
  socket.close()
  return { collected, consistent }
}

test('datagrams are gathered until the dump is done', () => {
  const kernel = new RecordedKernel([octets(INET.listen4, INET.timeWait4), EINTR, octets(INET.mapped), octets(DONE)])
  expect(dump(kernel)).toEqual({
    collected: [octets(INET.listen4, INET.timeWait4, INET.mapped, DONE)],
    consistent: true,
  })
  expect(kernel.calls).toEqual(['send 5', 'close 5'])
})

test('a dump larger than the buffer is handed over in parts', () => {
  const datagram = octets(...Array<string>(300).fill(INET.timeWait4))
  const kernel = new RecordedKernel([...Array<Uint8Array>(50).fill(datagram), octets(DONE)])
  const { collected } = dump(kernel)
  expect(collected.length).toBeGreaterThan(1)
  expect(Buffer.concat(collected)).toHaveLength(50 * datagram.length + DONE.length / 2)
})

test('a dump under which the table changed is repeated', () => {
  const kernel = new RecordedKernel([octets(INET.mapped, INTERRUPTED), octets(INET.listen4, DONE)])
  expect(dump(kernel)).toEqual({ collected: [octets(INET.listen4, DONE)], consistent: true })
})

test('one that never holds still is taken as it is, and said to be so', () => {
  const answer = octets(INET.listen4, INTERRUPTED)
  expect(dump(new RecordedKernel([answer, answer, answer, answer]))).toEqual({ collected: [answer], consistent: false })
})

test.each<[string, (Uint8Array | number)[], string]>([
  ['an error message', [octets(REFUSED)], 'netlink: the kernel refused the dump: ENOENT'],
  ['a failed receive', [-105], 'netlink: receive: ENOBUFS'],
  ['silence', [-11], 'netlink: receive: EAGAIN'],
  ['a datagram that is cut off', [octets(INET.listen4.slice(0, -8))], 'netlink: a message is cut off in its datagram'],
  [
    'a datagram that does not fit',
    [new Uint8Array(1 << 21)],
    'netlink: a datagram of 2097152 octets, at most 1048576 expected',
  ],
])('%s is one line', async (_, answers, message) => {
  expect(() => dump(new RecordedKernel(answers))).toThrow(new HostError(message))
  await expect(dumpAside(new RecordedKernel(answers))).rejects.toThrow(new HostError(message))
})

describe('a dump that another thread receives', () => {
  test('brings the same, in the same order', async () => {
    const datagram = (n: number): Uint8Array => octets(...Array<string>(n).fill(INET.timeWait4), INET.mapped)
    const answers = [...Array.from({ length: 50 }, (_, i) => datagram(i)), EINTR, octets(INET.listen4), octets(DONE)]
    const { collected, consistent } = dump(new RecordedKernel(answers))
    expect(await dumpAside(new RecordedKernel(answers))).toEqual({ collected: Buffer.concat(collected), consistent })
  })

  test('is repeated when the table changed under it', async () => {
    const kernel = new RecordedKernel([octets(INET.mapped), octets(INTERRUPTED), octets(INET.listen4), octets(DONE)])
    const collected = Buffer.from(octets(INET.listen4, DONE))
    expect(await dumpAside(kernel)).toEqual({ collected, consistent: true })
    expect(kernel.calls).toEqual(['send 5', 'send 5', 'close 5'])
  })

  test.each<[string, (Uint8Array | number)[], string]>([
    ['an error message', [octets(INET.mapped), octets(REFUSED)], 'netlink: the kernel refused the dump: ENOENT'],
    ['a failed receive', [octets(INET.mapped), octets(INET.mapped), -105], 'netlink: receive: ENOBUFS'],
    ['a datagram without room', [octets(INET.mapped), new Uint8Array(1 << 16)], 'netlink: a datagram is cut off'],
  ])('fails by %s in one line', async (_, answers, message) => {
    await expect(dumpAside(new RecordedKernel(answers))).rejects.toThrow(new HostError(message))
  })
})

test('a socket that is refused is one line, and one that is half made is closed', () => {
  const refusing = new RecordedKernel([])
  refusing.socket = () => -93
  expect(() => new DiagSocket(refusing)).toThrow(
    new HostError('netlink: socket(AF_NETLINK, NETLINK_SOCK_DIAG): EPROTONOSUPPORT'),
  )
  const unbindable = new RecordedKernel([])
  unbindable.bind = () => -1
  expect(() => new DiagSocket(unbindable)).toThrow(new HostError('netlink: bind: EPERM'))
  expect(unbindable.calls).toEqual(['close 5'])
})
