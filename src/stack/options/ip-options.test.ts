import { expect, test } from 'vitest'
import { AF_INET, AF_INET6, IpOption, Ipv6Option, Level, SOCK_STREAM, So, TcpOption } from '../constants.ts'
import { Host } from '../host.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'
import type { OptionBox } from './option.ts'

const { IPPROTO_IP: IP, IPPROTO_IPV6: IPV6, SOL_SOCKET: SOL, IPPROTO_TCP: TCP } = Level
const EINVAL = -22

/** As Linux 6.18 answers: what a new socket has, and what is there after each value, or the errno that it was refused with. */
test.each([
  ['IP_TOS', IP, IpOption.TOS, 0, [16, 3, 255, 256, -1, 257], [16, 0, 252, 0, 252, 0]],
  ['IPV6_TCLASS', IPV6, Ipv6Option.TCLASS, 0, [16, 3, 255, 256, -1, -2], [16, 0, 252, EINVAL, 0, EINVAL]],
  ['IP_MTU_DISCOVER', IP, IpOption.MTU_DISCOVER, 1, [0, 5, 6, -1], [0, 5, EINVAL, EINVAL]],
  ['IPV6_MTU_DISCOVER', IPV6, Ipv6Option.MTU_DISCOVER, 1, [0, 5, 6, -1], [0, 5, EINVAL, EINVAL]],
  ['IP_FREEBIND', IP, IpOption.FREEBIND, 0, [1, 2, 0, -1], [1, 1, 0, 1]],
  ['IPV6_FREEBIND', IPV6, Ipv6Option.FREEBIND, 0, [1, 2, 0], [1, 1, 0]],
  ['SO_MARK', SOL, So.MARK, 0, [5, -1], [5, -1]],
  ['SO_PRIORITY', SOL, So.PRIORITY, 0, [6, 7, -1], [6, 7, -1]],
  ['TCP_INQ', TCP, TcpOption.INQ, 0, [1, 0, 2, -1], [1, 0, EINVAL, EINVAL]],
  ['SO_RCVLOWAT', SOL, So.RCVLOWAT, 1, [1, 0, 100], [1, 1, 100]],
])('%s', (_name, level, option, initial, given, expected) => {
  const process = new Host({ name: 'host', seed: 1 }).spawn('test')
  const fd = process.socket(level === IPV6 ? AF_INET6 : AF_INET, SOCK_STREAM)
  const box: OptionBox = { value: -1 }
  const read = (): unknown => (process.getsockopt(fd, level, option, box) === 0 ? box.value : 'refused')
  expect(read()).toBe(initial)
  const seen = given.map((value) => {
    const result = process.setsockopt(fd, level, option, value)
    return result < 0 ? result : read()
  })
  expect(seen).toEqual(expected)
})

test('IP_FREEBIND lets bind() take an address that the host does not have', () => {
  const process = new Host({ name: 'host', seed: 1 }).spawn('test')
  const fd = process.socket(AF_INET, SOCK_STREAM)
  const foreign = { address: '192.0.2.77', port: 80 }
  expect(process.bind(fd, foreign)).toBe(-99)
  process.setsockopt(fd, IP, IpOption.FREEBIND, 1)
  expect(process.bind(fd, foreign)).toBe(0)
})

/** The options of each packet that leaves by a link. */
function optionsLeaving({ link }: TwoHosts['a']): string[] {
  const seen: string[] = []
  const transmit = link.transmit.bind(link)
  link.transmit = (buf, start, length, cut) => {
    const header = ((buf[start] as number) & 15) * 4
    seen.push(Buffer.from(buf.subarray(start + 20, start + header)).toString('hex'))
    return transmit(buf, start, length, cut)
  }
  return seen
}

test.each([false, true])(
  "IP_OPTIONS go with every packet, and a listener's with none of its connections'; offload: %s",
  (offload) => {
    const world = new TwoHosts({ offload })
    const listener = world.listen()
    world.httpd.setsockopt(listener, IP, IpOption.OPTIONS, Uint8Array.of(148, 4, 0, 0))
    const [c, s] = [world.nc.socket(AF_INET, SOCK_STREAM), optionsLeaving(world.b)]
    const own = optionsLeaving(world.a)
    expect(world.nc.setsockopt(c, IP, IpOption.OPTIONS, Uint8Array.of(7, 7, 4, 0, 0, 0, 0))).toBe(0)
    world.nc.connect(c, { address: '10.0.0.2', port: 80 })
    world.settle()
    const accepted = world.httpd.accept(listener)
    expect(world.nc.send(c, new Uint8Array(3000))).toBe(3000)
    world.settle()
    expect(world.httpd.recv(accepted, new Uint8Array(5000))).toBe(3000)
    expect(get(world.nc, c, TCP, TcpOption.MAXSEG)).toBe(1440)
    // SYN, ACK, and three segments.
    expect(own).toEqual(Array(5).fill('0707080a00000100'))
    expect(new Set(s)).toEqual(new Set(['']))
    world.nc.setsockopt(c, IP, IpOption.OPTIONS, new Uint8Array(0))
    expect(get(world.nc, c, TCP, TcpOption.MAXSEG)).toBe(1448)
    world.nc.send(c, new Uint8Array(1))
    world.settle()
    expect(own.slice(5).join()).toBe('')
  },
)
