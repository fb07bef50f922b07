import { expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { DiagSocket } from './dump.ts'
import type { Libc } from './libc.ts'
import { dumpRequest } from './message.ts'
import { DONE, INET, octets } from './recorded.testing.ts'

const REQUEST = dumpRequest(new Uint8Array(56), 1)
const INTERRUPTED = `${DONE.slice(0, 12)}1200${DONE.slice(16)}`
const REFUSED = `24000000020000000100000000000000feffffff${'00'.repeat(16)}`
const EINTR = -4

/** A kernel that answers every receive with the next datagram or −errno of its list, and writes down what it is asked. */
class RecordedKernel implements Libc {
  readonly calls: string[] = []
  readonly #answers: (Uint8Array | number)[]

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
  deviceName(): undefined {
    return undefined
  }
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
])('%s is one line', (_, answers, message) => {
  expect(() => dump(new RecordedKernel(answers))).toThrow(new HostError(message))
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
