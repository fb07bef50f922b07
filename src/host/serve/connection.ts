/** One connection in full, for its page. */
import { prospectOf } from '../../doctor/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import { endingOf, endsOf, type LifePair, pairsOf, seenEnd } from '../events/life-pairs.ts'
import type { Life, Lives } from '../events/lives.ts'
import { monotonicMicros } from '../monotonic.ts'
import type { ConnectionMessage, InfoMessage, SeenMessage } from './protocol.ts'
import { type HostReading, socketMessage } from './reading.ts'

/**
 * What is known of the connection with that cookie.
 * @param lives what the kernel told of connections, as far as it did
 */
export function connectionMessage({ facts, rows }: HostReading, cookie: bigint, lives: Lives): ConnectionMessage {
  const row = rows.find((one) => one.cookie === cookie)
  const { takenAt, diagnosis } = facts
  if (row === undefined)
    return { takenAt, socket: null, info: null, prospect: null, seen: seenOf(lives, cookie, undefined) }
  return {
    takenAt,
    socket: socketMessage(row),
    info: infoOf(row),
    prospect: prospectOf(row, diagnosis.sysctls),
    seen: seenOf(lives, cookie, row),
  }
}

function infoOf({ tcpInfo, congestion, state }: SocketRow): InfoMessage | null {
  if (tcpInfo === undefined || state === 'LISTEN') return null
  return {
    congestion,
    rtt: tcpInfo.rtt,
    rttvar: tcpInfo.rttvar,
    rto: tcpInfo.rto,
    cwnd: tcpInfo.snd_cwnd,
    ssthresh: tcpInfo.snd_ssthresh,
    mss: tcpInfo.snd_mss,
    unacked: tcpInfo.unacked,
    lost: tcpInfo.lost,
    totalRetrans: tcpInfo.total_retrans,
    octetsAcked: numberOf(tcpInfo.bytes_acked),
    octetsReceived: numberOf(tcpInfo.bytes_received),
    lastDataSent: tcpInfo.last_data_sent,
    lastDataReceived: tcpInfo.last_data_recv,
    lastAckReceived: tcpInfo.last_ack_recv,
  }
}

/** JSON has no bigint; beyond 2^53 octets the last digits do not matter. */
function numberOf(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function seenOf(lives: Lives, cookie: bigint, row: SocketRow | undefined): SeenMessage | null {
  const life = lives.all.findLast((one) => isOf(one, cookie, row))
  const begin = life?.moves[0]?.time
  if (life === undefined || begin === undefined) return null
  const pair = pairsOf(lives.all).findLast((both) => both.includes(life))
  const other = pair?.find((one) => one !== life)
  const start = Math.min(begin, other?.moves[0]?.time ?? begin)
  const [, peer = ''] = endsOf(life.moves)
  const there = other === undefined ? { name: peer, moves: [], resets: [] } : seenEnd(other, start)
  return {
    ends: [seenEnd(life, start), there],
    since: Date.now() - (monotonicMicros() - start) / 1000,
    retransmissions: life.remarks.filter(({ kind }) => kind === 'retransmission').length,
    ending: pair === undefined ? '' : endingOf(pair satisfies LifePair),
  }
}

/** A cookie is told at the end of a socket only: before that its ends tell it. */
function isOf({ moves }: Life, cookie: bigint, row: SocketRow | undefined): boolean {
  if (moves.some((move) => move.cookie === cookie)) return true
  if (row === undefined || row.state === 'LISTEN') return false
  const [local, peer] = endsOf(moves)
  return (
    local === formatEndpoint(row.local.address, row.local.port) &&
    peer === formatEndpoint(row.peer.address, row.peer.port)
  )
}
