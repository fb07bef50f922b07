import { describe, expect, test } from 'vitest'
import { MS, SECOND } from '../base/index.ts'
import {
  AF_INET,
  AF_INET6,
  describeSockets,
  type Host,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketDescription,
} from './index.ts'
import { octets, TwoHosts } from './two-hosts.testing.ts'

/** The one row of a host that has this state. */
function row(host: Host, state: SocketDescription['state']): SocketDescription {
  const rows = describeSockets(host).filter((one) => one.state === state)
  expect(rows.length).toBe(1)
  return rows[0] as SocketDescription
}

test('a listener: its queue, its limit, its owner', () => {
  const world = new TwoHosts()
  const listener = world.listen(80, 5)
  world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
  world.settle()
  expect(row(world.server, 'LISTEN')).toMatchObject({
    netid: 'tcp',
    family: 4,
    local: { address: '0.0.0.0', port: 80 },
    peer: { address: '0.0.0.0', port: 0 },
    recvQueue: 1,
    sendQueue: 5,
    timer: undefined,
    owners: [{ pid: world.httpd.pid, command: 'httpd', fd: listener }],
  })
})

test('a connection that nobody has accepted: no inode, no owner', () => {
  const world = new TwoHosts()
  world.listen()
  world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
  world.settle()
  expect(row(world.server, 'ESTABLISHED')).toMatchObject({ inode: 0, owners: [], uid: 0 })
})

test('queues: unread octets and the end of file; unacknowledged octets and the FIN', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.send(c, octets('hello'))
  world.nc.close(c)
  expect(row(world.client, 'FIN-WAIT-1')).toMatchObject({ sendQueue: 6, inode: 0, owners: [] })
  world.pass(50 * MS)
  const waiting = row(world.server, 'CLOSE-WAIT')
  expect([waiting.recvQueue, waiting.memory?.rmemAlloc]).toEqual([6, 832])
  expect(waiting.tcpInfo()?.last_ack_recv).toBeLessThanOrEqual(50)
  expect(row(world.client, 'FIN-WAIT-2').timer).toEqual({ kind: 'timewait', expiresMs: 60_000 - 10, retransmits: 0 })
})

test('once recv() has come upon the end of file it no longer counts', () => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.nc.close(c)
  world.pass(50 * MS)
  expect(row(world.server, 'CLOSE-WAIT').recvQueue).toBe(1)
  world.httpd.recv(s, new Uint8Array(1))
  expect(row(world.server, 'CLOSE-WAIT').recvQueue).toBe(0)
})

describe('timers', () => {
  test('retransmission', () => {
    const world = new TwoHosts()
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
    world.server.crash()
    world.pass(1500 * MS)
    expect(row(world.client, 'SYN-SENT')).toMatchObject({
      timer: { kind: 'on', expiresMs: 500, retransmits: 1 },
      sendQueue: 1,
    })
  })

  test('keep-alive', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.setsockopt(c, 1, 9, 1)
    expect(row(world.client, 'ESTABLISHED').timer).toEqual({ kind: 'keepalive', expiresMs: 7_200_000, retransmits: 0 })
  })

  test('TIME-WAIT, which has no owner and keeps its cookie', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    const { cookie } = row(world.client, 'ESTABLISHED')
    world.nc.close(c)
    world.pass(50 * MS)
    world.httpd.close(s)
    world.pass(SECOND)
    const waits = row(world.client, 'TIME-WAIT')
    expect(waits).toMatchObject({ inode: 0, owners: [], cookie, memory: undefined })
    expect(waits.timer).toEqual({ kind: 'timewait', expiresMs: 59_000, retransmits: 0 })
    expect(waits.tcpInfo()).toBeUndefined()
  })
})

test('IPv4 on an IPv6 socket shows mapped addresses', () => {
  const world = new TwoHosts()
  const listener = world.listen(80, 8, AF_INET6)
  world.connect(listener)
  expect(row(world.server, 'ESTABLISHED')).toMatchObject({
    family: 6,
    local: { address: '::ffff:10.0.0.2', port: 80 },
    peer: { address: '::ffff:10.0.0.1' },
  })
  expect(row(world.client, 'ESTABLISHED')).toMatchObject({ family: 4, peer: { address: '10.0.0.2', port: 80 } })
})

test('UDP sockets and sockets that are merely bound', () => {
  const world = new TwoHosts()
  const udp = world.nc.socket(AF_INET, SOCK_DGRAM)
  world.nc.bind(udp, { address: '0.0.0.0', port: 53 })
  expect(row(world.client, 'UNCONN')).toMatchObject({ netid: 'udp', local: { address: '0.0.0.0', port: 53 } })
  world.nc.connect(udp, { address: '10.0.0.2', port: 53 })
  expect(row(world.client, 'ESTABLISHED')).toMatchObject({
    netid: 'udp',
    local: { address: '10.0.0.1', port: 53 },
    peer: { address: '10.0.0.2', port: 53 },
  })
  const tcp = world.nc.socket(AF_INET6, SOCK_STREAM)
  world.nc.bind(tcp, { address: '::', port: 8080 })
  expect(row(world.client, 'BOUND-INACTIVE')).toMatchObject({
    netid: 'tcp',
    family: 6,
    local: { address: '::', port: 8080 },
    peer: { address: '::', port: 0 },
  })
  world.nc.socket(AF_INET, SOCK_STREAM)
  expect(describeSockets(world.client).length).toBe(2)
})

test('a listener counts what it lost', () => {
  const world = new TwoHosts()
  world.listen(80, 0)
  for (let i = 0; i < 4; i++) {
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
    world.settle()
  }
  expect(row(world.server, 'LISTEN').memory?.drops).toBeGreaterThanOrEqual(3)
})
