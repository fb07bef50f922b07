import { expect, test } from 'vitest'
import { AF_INET, type Attachment, describeSockets, Host, linkPair, pump, SOCK_STREAM } from './index.ts'

test('the example of the door: two hosts, connect, send, recv, close', () => {
  const [here, there] = linkPair()
  const client = new Host({ name: 'client', seed: 1 })
  const server = new Host({ name: 'server', seed: 2 })
  const left = client.addInterface({ name: 'eth0', link: here, addresses: ['10.0.0.1/24'] })
  const right = server.addInterface({ name: 'eth0', link: there, addresses: ['10.0.0.2/24'] })
  const a: Attachment = { host: client, iface: left.index, link: here }
  const b: Attachment = { host: server, iface: right.index, link: there }
  const nc = client.spawn('nc')
  const httpd = server.spawn('httpd')
  const listener = httpd.socket(AF_INET, SOCK_STREAM)
  httpd.bind(listener, { address: '0.0.0.0', port: 80 })
  httpd.listen(listener, 8)
  const socket = nc.socket(AF_INET, SOCK_STREAM)
  expect(nc.connect(socket, { address: '10.0.0.2', port: 80 })).toBe(-115)
  while (pump(0, a, b) > 0);
  nc.send(socket, Uint8Array.of(104, 105))
  nc.close(socket)
  while (pump(0, a, b) > 0);
  expect(httpd.recv(httpd.accept(listener), new Uint8Array(10))).toBe(2)
  expect(describeSockets(server).map(({ state }) => state)).toEqual(['LISTEN', 'CLOSE-WAIT'])
})
