/** One row as octets, and back. */
import type { Endpoint, NetId, RowState, SocketMemory, SocketOwner, SocketRow } from '../socket-row.ts'
import {
  Changed,
  Has,
  MEMORY,
  type MutableStreamedRow,
  NETIDS,
  STATES,
  type StreamedRow,
  type StreamedTimer,
  TIMERS,
} from './model.ts'
import type { OctetReader, OctetWriter } from './octets.ts'
import { type ProcessNames, readOwner } from './process-names.ts'

const LOW = 0xffff_ffffn
const EVERYTHING = Changed.STATE | Changed.QUEUES | Changed.TIMER | Changed.OWNERS | Changed.MEMORY

/** Writes a row that the reader does not know. */
export function writeRow(out: OctetWriter, row: SocketRow, ageMs: number | undefined, processes: ProcessNames): void {
  const { uid, inode, cookie, path, peerInode, netns } = row
  out.number(NETIDS.indexOf(row.netid))
  out.number(row.family)
  out.number(
    (uid === undefined ? 0 : Has.UID) |
      (inode === undefined ? 0 : Has.INODE) |
      (cookie === undefined ? 0 : Has.COOKIE) |
      (path === undefined ? 0 : Has.PATH) |
      (peerInode === undefined ? 0 : Has.PEER_INODE) |
      (netns === undefined ? 0 : Has.NETNS) |
      (ageMs === undefined ? 0 : Has.AGE),
  )
  writeEndpoint(out, row.local)
  writeEndpoint(out, row.peer)
  if (uid !== undefined) out.number(uid)
  if (inode !== undefined) out.number(inode)
  if (cookie !== undefined) {
    out.number(Number(cookie & LOW))
    out.number(Number(cookie >> 32n))
  }
  if (path !== undefined) out.text(path)
  if (peerInode !== undefined) out.number(peerInode)
  if (netns !== undefined) out.text(netns)
  if (ageMs !== undefined) out.number(Math.max(0, Math.round(ageMs)))
  writeChange(out, row, EVERYTHING, processes)
}

/** Reads what `writeRow` wrote. */
export function readRow(input: OctetReader, at: number, processes: readonly ProcessOf[]): StreamedRow {
  const netid = NETIDS[input.number()] as NetId
  const family = input.number() as StreamedRow['family']
  const has = input.number()
  const [local, peer] = [readEndpoint(input), readEndpoint(input)]
  const row: MutableStreamedRow = { netid, family, state: 'CLOSED', local, peer, recvQueue: 0, sendQueue: 0 }
  if ((has & Has.UID) !== 0) row.uid = input.number()
  if ((has & Has.INODE) !== 0) row.inode = input.number()
  if ((has & Has.COOKIE) !== 0) row.cookie = BigInt(input.number()) | (BigInt(input.number()) << 32n)
  if ((has & Has.PATH) !== 0) row.path = input.text()
  if ((has & Has.PEER_INODE) !== 0) row.peerInode = input.number()
  if ((has & Has.NETNS) !== 0) row.netns = input.text()
  if ((has & Has.AGE) !== 0) row.ageMs = input.number()
  readChange(input, row, EVERYTHING, at, processes)
  return row
}

/** Writes the fields that a mask names. */
export function writeChange(out: OctetWriter, row: SocketRow, mask: number, processes: ProcessNames): void {
  if ((mask & Changed.STATE) !== 0) out.number(STATES.indexOf(row.state))
  if ((mask & Changed.QUEUES) !== 0) {
    out.number(row.recvQueue)
    out.number(row.sendQueue)
  }
  if ((mask & Changed.TIMER) !== 0) writeTimer(out, row)
  if ((mask & Changed.OWNERS) !== 0) writeOwners(out, row.owners, processes)
  if ((mask & Changed.MEMORY) !== 0) writeMemory(out, row.memory)
}

/** Reads what `writeChange` wrote into a row. */
export function readChange(
  input: OctetReader,
  row: MutableStreamedRow,
  mask: number,
  at: number,
  processes: readonly ProcessOf[],
): void {
  if ((mask & Changed.STATE) !== 0) row.state = STATES[input.number()] as RowState
  if ((mask & Changed.QUEUES) !== 0) {
    row.recvQueue = input.number()
    row.sendQueue = input.number()
  }
  if ((mask & Changed.TIMER) !== 0) row.timer = readTimer(input, at)
  if ((mask & Changed.OWNERS) !== 0) row.owners = readOwners(input, processes)
  if ((mask & Changed.MEMORY) !== 0) row.memory = readMemory(input)
}

type ProcessOf = Omit<SocketOwner, 'fd'>

function writeEndpoint(out: OctetWriter, { address, port, device }: Endpoint): void {
  out.text(address)
  out.number(2 * port + (device === undefined ? 0 : 1))
  if (device !== undefined) out.text(device)
}

function readEndpoint(input: OctetReader): Endpoint {
  const address = input.text()
  const number = input.number()
  const port = number >>> 1
  return number % 2 === 0 ? { address, port } : { address, port, device: input.text() }
}

/** The kind's number plus one; 0: no timer. */
function writeTimer(out: OctetWriter, { timer }: SocketRow): void {
  if (timer === undefined) {
    out.number(0)
    return
  }
  out.number(TIMERS.indexOf(timer.kind) + 1)
  out.number(Math.max(0, Math.round(timer.expiresMs)))
  out.number(timer.retransmits)
}

function readTimer(input: OctetReader, at: number): StreamedTimer | undefined {
  const number = input.number()
  if (number === 0) return undefined
  const kind = TIMERS[number - 1] as StreamedTimer['kind']
  return { kind, expiresAt: at + input.number(), retransmits: input.number() }
}

/** How many plus one; 0: not known. */
function writeOwners(out: OctetWriter, owners: SocketRow['owners'], processes: ProcessNames): void {
  out.number(owners === undefined ? 0 : owners.length + 1)
  for (const owner of owners ?? []) {
    out.number(processes.numberOf(owner))
    out.number(owner.fd)
  }
}

function readOwners(input: OctetReader, processes: readonly ProcessOf[]): readonly SocketOwner[] | undefined {
  const number = input.number()
  return number === 0 ? undefined : Array.from({ length: number - 1 }, () => readOwner(input, processes))
}

function writeMemory(out: OctetWriter, memory: SocketMemory | undefined): void {
  out.number(memory === undefined ? 0 : 1)
  if (memory !== undefined) for (const name of MEMORY) out.number(memory[name])
}

function readMemory(input: OctetReader): SocketMemory | undefined {
  if (input.number() === 0) return undefined
  return Object.fromEntries(MEMORY.map((name) => [name, input.number()])) as Record<keyof SocketMemory, number>
}
