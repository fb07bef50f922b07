/** `unix_diag`: unix sockets. Bytes to rows and nothing else. Formats: linux/unix_diag.h. */
import type { NetId, SocketFile } from '../../inspect/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { type MutableRow, plainRowState, UNIX_NETIDS } from '../snapshot.ts'
import { memoryAt, textAt } from './inet-row.ts'
import { aligned, NLMSG_HEADER, SOCK_DIAG_BY_FAMILY } from './message.ts'

const AF_UNIX = 1
const REQUEST_LENGTH = 24
const MESSAGE_LENGTH = 16

const SHOW_NAME = 0x01
const SHOW_VFS = 0x02
const SHOW_PEER = 0x04
const SHOW_ICONS = 0x08
const SHOW_RQLEN = 0x10
const SHOW_MEMINFO = 0x20
const SHOW_UID = 0x40

const ATTR_NAME = 0
const ATTR_VFS = 1
const ATTR_PEER = 2
const ATTR_ICONS = 3
const ATTR_RQLEN = 4
const ATTR_MEMINFO = 5
const ATTR_SHUTDOWN = 6
const ATTR_UID = 7

/** The least octets of the attributes that are structures or single values; a shorter one is no such attribute. */
const ATTR_SIZES: Readonly<Record<number, number>> = {
  [ATTR_VFS]: 8,
  [ATTR_PEER]: 4,
  [ATTR_RQLEN]: 8,
  [ATTR_SHUTDOWN]: 1,
  [ATTR_UID]: 4,
}

/** `struct unix_diag_req`: every unix socket whose state is in the mask. */
export function unixDiagRequest(states: number, memory: boolean): Uint8Array {
  const body = new Uint8Array(REQUEST_LENGTH)
  const view = new DataView(body.buffer)
  body[0] = AF_UNIX
  view.setUint32(4, states, LITTLE_ENDIAN)
  const show = SHOW_NAME | SHOW_VFS | SHOW_PEER | SHOW_ICONS | SHOW_RQLEN | SHOW_UID | (memory ? SHOW_MEMINFO : 0)
  view.setUint32(12, show, LITTLE_ENDIAN)
  return body
}

/** Which of the messages become rows. */
export interface UnixDiagContext {
  readonly netids: readonly NetId[]
  readonly states: number
}

/**
 * Append a row for every socket in the messages.
 * @param bytes whole messages
 */
export function parseUnixDiag(bytes: Uint8Array, context: UnixDiagContext, rows: MutableRow[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + NLMSG_HEADER <= bytes.length; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN)
    if (length < NLMSG_HEADER || at + length > bytes.length) return
    const type = view.getUint16(at + 4, LITTLE_ENDIAN)
    if (type === SOCK_DIAG_BY_FAMILY && length >= NLMSG_HEADER + MESSAGE_LENGTH) {
      const row = unixRow(bytes, view, at + NLMSG_HEADER, at + length, context)
      if (row !== undefined) rows.push(row)
    }
    at += aligned(length)
  }
}

function unixRow(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  context: UnixDiagContext,
): MutableRow | undefined {
  const netid = UNIX_NETIDS[view.getUint8(at + 1)]
  const state = view.getUint8(at + 2)
  if (netid === undefined || !context.netids.includes(netid) || (context.states & (1 << state)) === 0) return undefined
  const row: MutableRow = {
    source: 'netlink',
    netid,
    family: 0,
    state: plainRowState(state),
    local: { address: '', port: 0 },
    peer: { address: '', port: 0 },
    recvQueue: 0,
    sendQueue: 0,
    uid: undefined,
    inode: view.getUint32(at + 4, LITTLE_ENDIAN),
    cookie: view.getBigUint64(at + 8, LITTLE_ENDIAN),
    owners: undefined,
    memory: undefined,
    path: undefined,
    peerInode: undefined,
    file: undefined,
    waiting: undefined,
    shutdown: undefined,
  }
  unixAttributes(row, bytes, view, at + MESSAGE_LENGTH, end)
  return row
}

function unixAttributes(row: MutableRow, bytes: Uint8Array, view: DataView, start: number, end: number): void {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN)
    if (length < 4 || at + length > end) return
    unixAttribute(row, bytes, view, at, length)
    at += aligned(length)
  }
}

/** Read the attribute whose header is at `at`. */
function unixAttribute(row: MutableRow, bytes: Uint8Array, view: DataView, at: number, length: number): void {
  const type = view.getUint16(at + 2, LITTLE_ENDIAN)
  const value = at + 4
  const size = length - 4
  if (size < (ATTR_SIZES[type] ?? 0)) return
  switch (type) {
    case ATTR_NAME:
      row.path = unixPath(bytes, value, size)
      break
    case ATTR_VFS:
      row.file = parseFile(view, value)
      break
    case ATTR_PEER:
      row.peerInode = view.getUint32(value, LITTLE_ENDIAN)
      break
    case ATTR_ICONS:
      row.waiting = parseInodes(view, value, size)
      break
    case ATTR_RQLEN:
      row.recvQueue = view.getUint32(value, LITTLE_ENDIAN)
      row.sendQueue = view.getUint32(value + 4, LITTLE_ENDIAN)
      break
    case ATTR_MEMINFO:
      row.memory = memoryAt(view, value, size)
      break
    case ATTR_SHUTDOWN:
      row.shutdown = view.getUint8(value)
      break
    case ATTR_UID:
      row.uid = view.getUint32(value, LITTLE_ENDIAN)
      break
  }
}

/** `struct unix_diag_vfs`: an inode, and a device as the kernel keeps it inside, twelve bits of major above twenty of minor. */
function parseFile(view: DataView, at: number): SocketFile {
  const device = view.getUint32(at + 4, LITTLE_ENDIAN)
  return {
    inode: view.getUint32(at, LITTLE_ENDIAN),
    deviceMajor: device >>> 20,
    deviceMinor: device & 0xfffff,
  }
}

function parseInodes(view: DataView, at: number, length: number): number[] {
  return Array.from({ length: length >> 2 }, (_, index) => view.getUint32(at + 4 * index, LITTLE_ENDIAN))
}

/** A name that starts with NUL is abstract: it is as long as it says, and its NULs print as @, the first one included. */
function unixPath(bytes: Uint8Array, at: number, length: number): string {
  if (bytes[at] !== 0) return textAt(bytes, at, length)
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length)
    .toString()
    .replaceAll('\0', '@')
}
