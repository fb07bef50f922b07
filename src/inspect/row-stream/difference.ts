/** Whether a row is still what was told of it. */
import type { Endpoint, SocketMemory, SocketOwner, SocketRow } from '../socket-row.ts'
import { Changed, MEMORY, TIMER_SLACK_MS } from './model.ts'

/** What names a socket from reading to reading: its cookie, or what else a source has. */
export function keyOf(row: SocketRow): bigint | string {
  const { cookie, netns } = row
  if (cookie !== undefined && cookie !== 0n) return netns === undefined ? cookie : `${netns} ${cookie}`
  if (row.family === 0) return `${row.netid} ${row.inode ?? row.path ?? ''}`
  return `${netns ?? ''} ${row.netid} ${endText(row.local)} ${endText(row.peer)}`
}

function endText({ address, port, device }: Endpoint): string {
  return `${address} ${port} ${device ?? ''}`
}

/** Whether the fields are the same that are told only once. */
export function sameSocket(a: SocketRow, b: SocketRow): boolean {
  return (
    a.inode === b.inode &&
    a.uid === b.uid &&
    sameEnd(a.local, b.local) &&
    sameEnd(a.peer, b.peer) &&
    a.path === b.path &&
    a.peerInode === b.peerInode
  )
}

function sameEnd(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address && a.device === b.device
}

/**
 * The mask of what has changed.
 * @param movedMs by how much the end of its timer has moved
 */
export function differenceOf(before: SocketRow, after: SocketRow, movedMs: number): number {
  let mask = 0
  if (before.state !== after.state) mask |= Changed.STATE
  if (before.recvQueue !== after.recvQueue || before.sendQueue !== after.sendQueue) mask |= Changed.QUEUES
  if (otherTimer(before, after) || Math.abs(movedMs) > TIMER_SLACK_MS) mask |= Changed.TIMER
  if (otherOwners(before.owners, after.owners)) mask |= Changed.OWNERS
  if (otherMemory(before.memory, after.memory)) mask |= Changed.MEMORY
  return mask
}

function otherTimer({ timer: a }: SocketRow, { timer: b }: SocketRow): boolean {
  return a?.kind !== b?.kind || a?.retransmits !== b?.retransmits
}

function otherOwners(a: readonly SocketOwner[] | undefined, b: readonly SocketOwner[] | undefined): boolean {
  if (a === b) return false
  if (a === undefined || b === undefined || a.length !== b.length) return true
  return a.some(({ pid, fd, command }, i) => {
    const other = b[i]
    return other?.pid !== pid || other.fd !== fd || other.command !== command
  })
}

function otherMemory(a: SocketMemory | undefined, b: SocketMemory | undefined): boolean {
  if (a === b) return false
  if (a === undefined || b === undefined) return true
  return MEMORY.some((name) => a[name] !== b[name])
}
