/** One connection in words: who waits for whom, and what would end it. */
import { bracketed, type RowState, type SocketRow } from '../inspect/index.ts'

/** What is to be expected of a connection. */
export interface Prospect {
  /** A sentence: who waits for whom. */
  readonly waits: string
  /** Sentences: what would end it, the likeliest first. */
  readonly ends: readonly string[]
}

/** What the sentences are made of. */
interface Subject {
  readonly row: SocketRow
  readonly owner: string
  readonly peer: string
  /** The value of a sysctl, where it was read. */
  readonly sysctl: (name: string, otherwise: string) => string
}

/**
 * What is to be expected of a connection.
 * @param sysctls the host's, by full name; what is missing is taken for Linux's default
 */
export function prospectOf(row: SocketRow, sysctls: Readonly<Record<string, string>>): Prospect {
  const subject: Subject = {
    row,
    owner: ownerOf(row),
    peer: `${bracketed(row.peer.address)}:${row.peer.port}`,
    sysctl: (name, otherwise) => `${name} = ${sysctls[`net.ipv4.${name}`] ?? otherwise}`,
  }
  return PROSPECTS[row.state](subject)
}

function ownerOf({ owners, inode, state }: SocketRow): string {
  const [first, ...others] = owners ?? []
  if (first !== undefined) {
    return others.length === 0 ? `${first.command} (pid ${first.pid})` : `${first.command} and ${others.length} more`
  }
  if (owners === undefined) return 'its program (not visible from here)'
  const isOpen = state === 'ESTABLISHED' || state === 'CLOSE-WAIT' || state === 'SYN-RECEIVED'
  return inode === 0 && isOpen ? 'a program that has not accepted it yet' : 'nobody'
}

function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`
}

const GIVEN_UP = (subject: Subject): string =>
  `The ${octets(subject.row.sendQueue)} that are not acknowledged: if they never are, retransmissions give up after ${subject.sysctl('tcp_retries2', '15')}, or TCP_USER_TIMEOUT.`

/** Whoever has let go of the descriptor has the kernel wait for less long. */
function unanswered(subject: Subject): string {
  return subject.row.owners?.length === 0
    ? `Without an answer the kernel sends the FIN again and gives up after ${subject.sysctl('tcp_orphan_retries', '0')} (0 means 8 times): no process holds it.`
    : `Without an answer the FIN is sent again and given up after ${subject.sysctl('tcp_retries2', '15')}: a descriptor is still open.`
}

function established(subject: Subject): Prospect {
  const { row, owner, peer, sysctl } = subject
  const { recvQueue, sendQueue, timer } = row
  const waits =
    sendQueue > 0
      ? `${owner} waits for ${peer} to acknowledge ${octets(sendQueue)}${timer !== undefined && timer.retransmits > 0 ? `, sent again ${timer.retransmits} times` : ''}.`
      : recvQueue > 0
        ? `${peer} waits for ${owner} to read ${octets(recvQueue)}.`
        : 'Nobody waits: either side may send, and either may close.'
  const probes =
    timer?.kind === 'keepalive'
      ? `A peer that has vanished: keep-alive finds out (${sysctl('tcp_keepalive_time', '7200')} s of silence, then ${sysctl('tcp_keepalive_probes', '9')}).`
      : 'A peer that has vanished is not noticed while nothing is sent: SO_KEEPALIVE is not set.'
  return { waits, ends: ['close() or shutdown() by either side.', ...(sendQueue > 0 ? [GIVEN_UP(subject)] : [probes])] }
}

function closeWait(subject: Subject): Prospect {
  const { row, owner, peer } = subject
  const unread = Math.max(0, row.recvQueue - 1)
  return {
    waits: `${peer} has closed and waits for ${owner} to close too${unread > 0 ? `; ${octets(unread)} are not read yet` : ''}.`,
    ends: [
      `close() by ${owner}.`,
      row.sendQueue > 0
        ? GIVEN_UP(subject)
        : 'Nothing else while it is idle: this state has no timer, and no sysctl shortens it.',
    ],
  }
}

function finWait2({ row, owner, peer, sysctl }: Subject): Prospect {
  const isOrphan = row.owners?.length === 0
  return {
    waits: `This side has closed and waits for the program at ${peer} to close too.`,
    ends: [
      `The FIN of ${peer}: TIME-WAIT follows here.`,
      isOrphan
        ? `The kernel, after ${sysctl('tcp_fin_timeout', '60')} s: no process holds it.`
        : `close() by ${owner}, and ${sysctl('tcp_fin_timeout', '60')} s after that: it holds the descriptor, so there is no limit.`,
    ],
  }
}

function timeWait({ row, peer }: Subject): Prospect {
  const left = row.timer === undefined ? '' : `, ${Math.ceil(row.timer.expiresMs / 1000)} s from now`
  return {
    waits: `Nobody waits: both sides have closed, this one first, and late segments of ${peer} are kept out.`,
    ends: [`Its timer, 2·MSL (60 s on Linux)${left}.`, 'A newer SYN of the same ports takes its place.'],
  }
}

const over = (waits: string): Prospect => ({ waits, ends: ['close() by its owner, or the end of the process.'] })

const PROSPECTS: Readonly<Record<RowState, (subject: Subject) => Prospect>> = {
  LISTEN: ({ row, owner }) => ({
    waits:
      row.recvQueue > 0
        ? `${row.recvQueue === 1 ? '1 connection waits' : `${row.recvQueue} connections wait`} for ${owner} to call accept().`
        : `${owner} waits for connections.`,
    ends: ['close() by its owner, or the end of the process.'],
  }),
  'SYN-SENT': ({ owner, peer, sysctl }) => ({
    waits: `${owner} waits for ${peer} to answer its SYN.`,
    ends: [
      'A SYN-ACK opens it; a RST ends it (ECONNREFUSED).',
      `Silence: connect() fails with ETIMEDOUT after ${sysctl('tcp_syn_retries', '6')} retransmissions.`,
    ],
  }),
  'SYN-RECEIVED': ({ peer, sysctl }) => ({
    waits: `The kernel waits for ${peer} to acknowledge the SYN-ACK.`,
    ends: ['That ACK opens it.', `Silence: it is dropped after ${sysctl('tcp_synack_retries', '5')} retransmissions.`],
  }),
  ESTABLISHED: established,
  'CLOSE-WAIT': closeWait,
  'LAST-ACK': (subject) => ({
    waits: `Both sides have closed, ${subject.peer} first: it has to acknowledge the last FIN.`,
    ends: ['That ACK: nothing is left of it then.', unanswered(subject)],
  }),
  'FIN-WAIT-1': (subject) => ({
    waits: `This side has closed and waits for ${subject.peer} to acknowledge the FIN${subject.row.sendQueue > 1 ? ' and the data before it' : ''}.`,
    ends: ['That ACK leads to FIN-WAIT-2.', unanswered(subject)],
  }),
  'FIN-WAIT-2': finWait2,
  CLOSING: (subject) => ({
    waits: `Both sides closed at once: ${subject.peer} has to acknowledge the FIN.`,
    ends: ['That ACK leads to TIME-WAIT.', unanswered(subject)],
  }),
  'TIME-WAIT': timeWait,
  CLOSED: () => over('Nobody waits: there is no connection.'),
  'BOUND-INACTIVE': () => over('Nobody waits: a port is taken, and nobody listens or connects.'),
  UNCONN: () => over('Nobody waits: it takes what is sent to its port.'),
}
