import { type TimeWaitFields, TimeWaitTable } from 'lastack/stack'

export interface TimeWaitFigures {
  /** Octets of memory an entry takes, everything included. */
  readonly octetsPerEntry: number
  /** The longest single insertion, ms: a pause when the table grows would show here. */
  readonly longestInsertMs: number
  readonly insertsPerSecond: number
}

/** Fills the TIME-WAIT table with IPv6 connections. */
export function timeWait(entries: number): TimeWaitFigures {
  const table = new TimeWaitTable(1)
  const remote = { w0: 0x20010db8, w1: 0, w2: 0, w3: 0 }
  const fields: TimeWaitFields = {
    remote,
    remotePort: 0,
    local: 1,
    localPort: 443,
    conn: 0,
    sndNxt: 1,
    rcvNxt: 1,
    windowField: 502,
    windowScale: 7,
    timestamps: true,
    tsRecent: 1,
    tsRecentAt: 0,
    reuseAddress: true,
    reusePort: false,
    autobound: false,
    v6only: false,
  }
  let longest = 0n
  const started = process.hrtime.bigint()
  for (let i = 0; i < entries; i++) {
    remote.w3 = i >>> 10
    fields.remotePort = 1024 + (i & 1023)
    fields.conn = i
    const before = process.hrtime.bigint()
    table.add(i, 60_000_000, fields)
    const took = process.hrtime.bigint() - before
    if (took > longest) longest = took
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  return {
    octetsPerEntry: table.octets / entries,
    longestInsertMs: Number(longest) / 1e6,
    insertsPerSecond: entries / seconds,
  }
}
