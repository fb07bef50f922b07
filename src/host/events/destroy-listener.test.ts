import { describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import type { Libc } from '../netlink/libc.ts'
import { INET, octets } from '../netlink/recorded.testing.ts'
import { DestroyListener } from './destroy-listener.ts'

const [EPERM, EINTR, EAGAIN, ENOBUFS, ENOPROTOOPT] = [1, 4, 11, 105, 92]
const NETLINK_ADD_MEMBERSHIP = 1
const SOL_NETLINK = 270

/** A kernel that answers each recv with the next of `answers`: octets, or −errno. */
function kernel(answers: readonly (Uint8Array | number)[], membership: number = 0): Libc & { closed: number[] } {
  const left = [...answers]
  const closed: number[] = []
  return {
    closed,
    socket: () => 7,
    bind: () => 0,
    setsockopt: (_, level, option) => (level === SOL_NETLINK && option === NETLINK_ADD_MEMBERSHIP ? membership : 0),
    sendto: () => 0,
    recv(_, into) {
      const next = left.shift() ?? -EAGAIN
      if (typeof next === 'number') return next
      into.set(next)
      return next.length
    },
    close: (fd) => closed.push(fd),
    deviceName: () => undefined,
    word: 8,
    addressOf: () => 0,
    receiveMany: async () => -1,
  }
}

describe('notices of ended sockets', () => {
  test('tell sockets by their cookies, in order, as CLOSED', () => {
    const listener = new DestroyListener(kernel([octets(INET.closeWait4), -EINTR, octets(INET.finWait1)]))
    const { ended, overrun } = listener.take()
    expect(ended.map(({ cookie, state, local }) => [cookie, state, local.address])).toEqual([
      [0x1a892n, 'CLOSED', '127.0.0.1'],
      [0x1a8b8n, 'CLOSED', '127.0.0.1'],
    ])
    expect(ended[0]?.tcpInfo).toBeDefined()
    expect(overrun).toBe(false)
    expect(listener.take()).toEqual({ ended: [], overrun: false })
  })

  test('that the kernel has dropped are an overrun, and those behind them are told', () => {
    const listener = new DestroyListener(kernel([-ENOBUFS, octets(INET.closeWait4)]))
    const { ended, overrun } = listener.take()
    expect([ended.length, overrun]).toEqual([1, true])
  })

  test.each([
    [ENOPROTOOPT, 'ENOPROTOOPT'],
    [EPERM, 'EPERM'],
  ])('that are refused with errno %i are one line, and nothing stays open', (errno, name) => {
    const libc = kernel([], -errno)
    expect(() => new DestroyListener(libc)).toThrow(
      new HostError(`notices of ended sockets: NETLINK_ADD_MEMBERSHIP: ${name}`),
    )
    expect(libc.closed).toEqual([7])
  })

  test('a socket that breaks says so', () => {
    expect(() => new DestroyListener(kernel([-EPERM])).take()).toThrow('receive: EPERM')
  })
})
