import { AddressTexts } from './address-texts.ts'
import type { HostEnvironment } from './environment.ts'
import type { MutableRow, RowSink, SocketQuery } from './snapshot.ts'

/** The tables of sockets that a kernel keeps. */
export type SocketKind = 'tcp' | 'mptcp' | 'udp' | 'unix'

/** One reading of the host: what is asked, where, the rows as they gather, and what turns out not to be visible. */
export interface Reading {
  readonly query: SocketQuery
  readonly machine: HostEnvironment
  readonly rows: MutableRow[]
  /** Takes rows in place of `rows`, from a source that has them one by one. */
  readonly sink?: Sink | undefined
  /** Sentences; a set, because three tables may have one and the same reason. */
  readonly lacks: Set<string>
  readonly addresses: AddressTexts
  /** Does its work in the network namespace that is to be read, and all of it before it returns; absent: in this process's own. */
  readonly enter?: (<T>(work: () => T) => T) | undefined
}

/** As a RowSink; what it is given may be completed on the way. */
interface Sink extends Pick<RowSink, 'restart'> {
  take(row: MutableRow): void
}

/** Begin a reading. */
export function beginReading(query: SocketQuery, machine: HostEnvironment, sink?: Sink): Reading {
  return { query, machine, rows: [], sink, lacks: new Set(), addresses: new AddressTexts() }
}

/** The kinds of socket that a query asks for, TCP first. */
export function kindsOf(query: SocketQuery): SocketKind[] {
  const kinds = new Set(query.netids.map((netid) => (netid.startsWith('u_') ? 'unix' : netid)))
  return (['tcp', 'mptcp', 'udp', 'unix'] as const).filter((kind) => kinds.has(kind))
}
