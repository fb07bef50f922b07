import type { SocketRow } from './socket-row.ts'

/** The fields that decide what a test shows; the rest are those of an idle connection. */
export type RowFields = Partial<SocketRow> & { readonly localEnd?: string; readonly peerEnd?: string }

/** A row from `10.0.0.1:80` notation; IPv6 as `[::1]:80`. */
export function row(fields: RowFields): SocketRow {
  const { localEnd = '0.0.0.0:0', peerEnd = localEnd.startsWith('[') ? '[::]:0' : '0.0.0.0:0', ...own } = fields
  return {
    source: 'netlink',
    netid: 'tcp',
    family: localEnd.startsWith('[') ? 6 : 4,
    state: 'ESTABLISHED',
    local: endpoint(localEnd),
    peer: endpoint(peerEnd),
    recvQueue: 0,
    sendQueue: 0,
    uid: 0,
    inode: 0,
    ...own,
  }
}

function endpoint(text: string): SocketRow['local'] {
  const colon = text.lastIndexOf(':')
  return { address: text.slice(0, colon).replace(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) }
}

const nginx = { pid: 812, command: 'nginx', program: 'nginx: master process /usr/sbin/nginx', fd: 6 }
const leaky = { pid: 20_411, command: 'node', program: 'node', fd: 23 }

/** The sockets of a small server with a leak: what the golden tests print. */
export const SERVER_ROWS: readonly SocketRow[] = [
  row({ state: 'LISTEN', localEnd: '0.0.0.0:80', sendQueue: 511, inode: 901, owners: [nginx] }),
  row({
    state: 'LISTEN',
    localEnd: '127.0.0.1:20000',
    recvQueue: 1,
    sendQueue: 5,
    inode: 902,
    owners: [{ ...leaky, fd: 18 }],
  }),
  row({ state: 'LISTEN', localEnd: '0.0.0.0:2049', sendQueue: 64, inode: 903, owners: [] }),
  row({
    localEnd: '10.0.0.5:80',
    peerEnd: '192.168.100.200:51544',
    inode: 904,
    owners: [nginx],
    timer: keepalive(7_181_940),
  }),
  row({
    state: 'CLOSE-WAIT',
    localEnd: '127.0.0.1:20000',
    peerEnd: '127.0.0.1:40022',
    recvQueue: 1,
    inode: 905,
    owners: [leaky],
  }),
  row({ state: 'CLOSE-WAIT', localEnd: '127.0.0.1:20000', peerEnd: '127.0.0.1:40024', recvQueue: 1 }),
  row({ state: 'FIN-WAIT-2', localEnd: '127.0.0.1:40022', peerEnd: '127.0.0.1:20000', timer: timewait(58_204) }),
  row({ state: 'TIME-WAIT', localEnd: '127.0.0.1:40008', peerEnd: '127.0.0.1:20000', timer: timewait(31_500) }),
  row({ state: 'TIME-WAIT', localEnd: '10.0.0.5:80', peerEnd: '192.168.100.201:51600', timer: timewait(12_004) }),
  row({ state: 'CLOSING', localEnd: '10.0.0.5:80', peerEnd: '192.168.100.202:40112', sendQueue: 1, timer: on(408, 3) }),
  row({ state: 'LISTEN', localEnd: '[::]:80', sendQueue: 511, inode: 906, v6only: true, owners: [nginx] }),
  row({
    state: 'LAST-ACK',
    localEnd: '[::ffff:10.0.0.5]:443',
    peerEnd: '[::ffff:10.0.0.9]:53122',
    sendQueue: 1,
    timer: on(1_632, 5),
  }),
  row({
    netid: 'udp',
    state: 'UNCONN',
    localEnd: '127.0.0.1:53',
    inode: 907,
    owners: [{ pid: 77, command: 'dnsmasq', program: 'dnsmasq', fd: 4 }],
  }),
  row({ netid: 'udp', localEnd: '[::1]:40000', peerEnd: '[::1]:53', inode: 908, owners: [leaky] }),
  row({
    netid: 'u_str',
    family: 0,
    state: 'LISTEN',
    localEnd: ':0',
    peerEnd: ':0',
    sendQueue: 128,
    inode: 910,
    path: '/run/app.sock',
    references: 2,
    owners: [leaky],
  }),
  row({
    netid: 'u_dgr',
    family: 0,
    localEnd: ':0',
    peerEnd: ':0',
    inode: 911,
    peerInode: 912,
    references: 3,
    owners: [leaky],
  }),
]

function keepalive(expiresMs: number): SocketRow['timer'] {
  return { kind: 'keepalive', expiresMs, retransmits: 0 }
}

function timewait(expiresMs: number): SocketRow['timer'] {
  return { kind: 'timewait', expiresMs, retransmits: 0 }
}

function on(expiresMs: number, retransmits: number): SocketRow['timer'] {
  return { kind: 'on', expiresMs, retransmits }
}
