/**
 * Multipath connections whose peer has closed. TCP's own table shows their paths, and those stay ESTABLISHED until both programs have
 * closed: that a program leaks such a connection is seen in the table of MPTCP alone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SocketRow, stateBit } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { visible } from '../proc/visible.ts'
import type { MutableRow } from '../snapshot.ts'
import { DiagSocket } from './dump.ts'
import { type InetDiagRequest, IPPROTO_TCP, inetDiagRequest, parseInetDiag } from './inet-diag.ts'
import type { Libc } from './libc.ts'
import { dumpRequest } from './message.ts'

const IPPROTO_MPTCP = 262
/** INET_DIAG_REQ_PROTOCOL: the request's own field has no room for the number. */
const ATTR_PROTOCOL = 3
const ATTR_LENGTH = 8

/**
 * The multipath connections in CLOSE-WAIT of this thread's network namespace, without owners. Nothing is asked of a kernel that has no
 * MPTCP socket here: asking would load a module.
 * @throws HostError when the kernel refuses
 */
export function readMptcpCloseWait(libc: Libc, procRoot: string): MutableRow[] {
  if (!hasMptcp(procRoot)) return []
  const rows: MutableRow[] = []
  const context = {
    netid: 'mptcp',
    source: 'netlink',
    states: stateBit('CLOSE-WAIT'),
    families: [4, 6],
    device: (index: number) => libc.deviceName(index) ?? `if${index}`,
    addresses: new AddressTexts(),
  } as const
  const diag = new DiagSocket(libc)
  try {
    for (const family of context.families) {
      const before = rows.length
      const request = dumpRequest(mptcpRequest({ family, states: context.states, tcpInfo: false, memory: false }), 1)
      diag.dump(
        request,
        (bytes) => parseInetDiag(bytes, context, rows),
        () => {
          rows.length = before
        },
      )
    }
  } finally {
    diag.close()
  }
  return rows
}

/** Whether the network namespace of this thread has MPTCP sockets. To ask for them where there are none would load a module. */
export function hasMptcp(procRoot: string): boolean {
  return hasMptcpSockets(visible(() => readFileSync(join(procRoot, 'thread-self', 'net', 'protocols'), 'utf8')) ?? '')
}

/** By the text of /proc/net/protocols: a line for each protocol, with the number of its sockets in the third column. */
export function hasMptcpSockets(protocols: string): boolean {
  return protocols.split('\n').some((line) => {
    const [name, , sockets] = line.split(/\s+/)
    return (name === 'MPTCP' || name === 'MPTCPv6') && Number(sockets) > 0
  })
}

/** A request for MPTCP sockets: that of TCP, and the real protocol behind it. */
export function mptcpRequest(asked: Omit<InetDiagRequest, 'protocol'>): Uint8Array {
  const request = inetDiagRequest({ ...asked, protocol: IPPROTO_TCP })
  const body = new Uint8Array(request.length + ATTR_LENGTH)
  body.set(request)
  const view = new DataView(body.buffer)
  view.setUint16(request.length, ATTR_LENGTH, LITTLE_ENDIAN)
  view.setUint16(request.length + 2, ATTR_PROTOCOL, LITTLE_ENDIAN)
  view.setUint32(request.length + 4, IPPROTO_MPTCP, LITTLE_ENDIAN)
  return body
}

/** The connection with what one of its paths tells of its silence: path and connection are one socket to the program, and have one inode. */
export function withPath(row: SocketRow, path: SocketRow | undefined): SocketRow {
  const { source, netid, family, state, local, peer, recvQueue, sendQueue, uid, inode, cookie, owners, netns } = row
  const own = { source, netid, family, state, local, peer, recvQueue, sendQueue, uid, inode, cookie, owners, netns }
  return { ...own, tcpInfo: path?.tcpInfo }
}
