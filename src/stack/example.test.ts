import { expect, test } from 'vitest'
import { AF_INET, type Attachment, describeSockets, Host, linkPair, newSocketName, pump, SOCK_STREAM } from './index.ts'

/** Lets packets and timers run until `until`. */
function run(a: Attachment, b: Attachment, until: number): void {
  for (let now = Math.max(a.host.now, b.host.now); ; ) {
    while (pump(now, a, b) > 0);
    const next = Math.min(a.host.nextDeadline(), b.host.nextDeadline())
    if (next > until) return
    now = Math.max(now, next)
    a.host.advance(now)
    b.host.advance(now)
  }
}

test('the example of the door: two hosts, connect, send, recv, close', () => {
  const [here, there] = linkPair()
  const client = new Host({ name: 'client', seed: 1 })
  const server = new Host({ name: 'server', seed: 2 })
  const a: Attachment = {
    host: client,
    iface: client.addInterface({ name: 'eth0', link: here, addresses: ['10.0.0.1/24'] }).index,
    link: here,
  }
  const b: Attachment = {
    host: server,
    iface: server.addInterface({ name: 'eth0', link: there, addresses: ['10.0.0.2/24'] }).index,
    link: there,
  }
  const nc = client.spawn('nc')
  const httpd = server.spawn('httpd')
  const listener = httpd.socket(AF_INET, SOCK_STREAM)
  expect(httpd.bind(listener, { address: '0.0.0.0', port: 80 })).toBe(0)
  expect(httpd.listen(listener, 8)).toBe(0)
  const socket = nc.socket(AF_INET, SOCK_STREAM)
  expect(nc.connect(socket, { address: '10.0.0.2', port: 80 })).toBe(-115)
  while (pump(0, a, b) > 0);
  expect(nc.send(socket, Uint8Array.of(104, 105))).toBe(2)
  expect(nc.close(socket)).toBe(0)
  while (pump(0, a, b) > 0);
  const peer = newSocketName()
  const accepted = httpd.accept(listener, peer)
  expect(peer.address).toBe('10.0.0.1')
  const into = new Uint8Array(10)
  expect(httpd.recv(accepted, into)).toBe(2)
  expect([...into.subarray(0, 2)]).toEqual([104, 105])
  expect(httpd.recv(accepted, into)).toBe(0)
  const states = (host: Host): string[] => describeSockets(host).map(({ state }) => state)
  expect([states(client), states(server)]).toEqual([['FIN-WAIT-2'], ['LISTEN', 'CLOSE-WAIT']])
  httpd.close(accepted)
  while (pump(0, a, b) > 0);
  expect([states(client), states(server)]).toEqual([['TIME-WAIT'], ['LISTEN']])
  run(a, b, 60_000_000)
  expect([states(client), states(server)]).toEqual([[], ['LISTEN']])
})
