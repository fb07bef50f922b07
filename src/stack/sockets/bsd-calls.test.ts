import { expect, test } from 'vitest'
import { Errno } from '../../base/index.ts'
import { AF_INET, AF_INET6, Host, type Process, SOCK_STREAM } from '../index.ts'

const V4 = [AF_INET, '10.0.0.3', '224.0.0.1', '255.255.255.255'] as const
const V6 = [AF_INET6, '2001:db8::3', 'ff02::1', '::ffff:255.255.255.255'] as const

function program(): Process {
  const host = new Host({ name: 'h', seed: 1, personality: 'freebsd' })
  host.addInterface({
    name: 'eth0',
    link: { mtu: 1500, transmit: () => true },
    addresses: ['10.0.0.2/24', '2001:db8::2/64'],
  })
  return host.spawn('program', { uid: 0 })
}

function nameOf(process: Process, result: number): string {
  const found = Object.entries(Errno).find(([, number]) => -result === process.host.errno(number))
  return found?.[0] ?? String(result)
}

test.each([
  [V4, 'EAFNOSUPPORT', 'EACCES'],
  [V6, 'EAFNOSUPPORT', 'EINVAL'],
])('who is many, or nobody, is no peer: %s', ([family, one, many, all], toMany, toAll) => {
  const process = program()
  const fd = process.socket(family, SOCK_STREAM)
  const connect = (address: string, port: number): string => nameOf(process, process.connect(fd, { address, port }))
  expect(connect(many, 80)).toBe(toMany)
  expect(connect(all, 80)).toBe(toAll)
  expect(connect(one, 0)).toBe('EADDRNOTAVAIL')
  expect(nameOf(process, process.connect(fd, null))).toBe('EAFNOSUPPORT')
  expect(nameOf(process, process.bind(fd, { address: many, port: 80 }))).toBe('EAFNOSUPPORT')
  expect(connect(one, 80)).toBe('EINPROGRESS')
})

test.each([V4, V6])('a listener does not connect: %s', (family, one) => {
  const process = program()
  const fd = process.socket(family, SOCK_STREAM)
  expect(process.listen(fd, 1)).toBe(0)
  expect(nameOf(process, process.connect(fd, { address: one, port: 80 }))).toBe('EOPNOTSUPP')
})

test('two ends have one connection', () => {
  const process = program()
  const open = (): string => {
    const fd = process.socket(AF_INET, SOCK_STREAM)
    process.setsockopt(fd, 1, 15, 1)
    expect(process.bind(fd, { address: '10.0.0.2', port: 8080 })).toBe(0)
    return nameOf(process, process.connect(fd, { address: '10.0.0.3', port: 80 }))
  }
  expect([open(), open()]).toEqual(['EINPROGRESS', 'EADDRINUSE'])
})
