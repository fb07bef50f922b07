/** `/proc/net/unix`: text to rows and nothing else. */

import type { NetId, RowState } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import { type MutableRow, UNIX_NETIDS } from '../snapshot.ts'
import { TextReader } from './text-reader.ts'

/** How to read the table. */
export interface UnixTableContext {
  /** The table's path, for errors. */
  readonly name: string
  readonly netids: readonly NetId[]
  /** Rows in other states are left out. */
  readonly states: number
}

/** The flag of a socket that listens: __SO_ACCEPTCON. */
const ACCEPTS = 0x10000

/**
 * The states of `socket_state`. The kernel prints CONNECTING for an established socket that nobody has accepted yet, and
 * DISCONNECTING for one that is neither; both have no descriptor.
 */
const STATES: readonly RowState[] = ['UNCONN', 'UNCONN', 'ESTABLISHED', 'ESTABLISHED', 'UNCONN']

/**
 * Append a row for every line of the table.
 * @throws HostError that names the line when the text is not such a table
 */
export function parseUnixTable(text: Uint8Array, context: UnixTableContext, rows: MutableRow[]): void {
  const reader = new TextReader(context.name, text)
  let last: MutableRow | undefined
  reader.nextLine()
  while (!reader.atEnd) {
    if (startsRow(reader)) {
      last = unixRow(reader)
      if (last !== undefined && context.netids.includes(last.netid) && (context.states & stateBit(last.state)) !== 0) {
        rows.push(last)
      }
    } else if (last !== undefined) {
      // A path may hold a line feed: what follows it is the rest of that path.
      last.path = `${last.path ?? ''}\n${reader.restOfLine()}`
    } else {
      reader.fail('a socket address and a colon')
    }
    reader.nextLine()
  }
}

/** A row starts with the socket's address, 8 or 16 digits, and a colon. */
function startsRow(reader: TextReader): boolean {
  const end = reader.bytes.indexOf(0x3a, reader.at)
  const digits = end - reader.at
  if (digits !== 8 && digits !== 16) return false
  return /^[0-9a-fA-F]+$/.test(String.fromCharCode(...reader.bytes.subarray(reader.at, end)))
}

/** `Num: RefCount Protocol Flags Type St Inode Path`. */
function unixRow(reader: TextReader): MutableRow | undefined {
  reader.hex()
  const references = reader.hex()
  reader.hex()
  const flags = reader.hex()
  const type = reader.hex()
  const state = reader.hex()
  const inode = reader.decimal()
  const path = reader.restOfLine().slice(1)
  const netid = UNIX_NETIDS[type]
  if (netid === undefined) return undefined
  return {
    source: 'proc',
    netid,
    family: 0,
    state: (flags & ACCEPTS) !== 0 ? 'LISTEN' : (STATES[state] ?? 'UNCONN'),
    local: { address: '', port: 0 },
    peer: { address: '', port: 0 },
    recvQueue: 0,
    sendQueue: 0,
    inode,
    references,
    owners: undefined,
    path: path === '' ? undefined : path,
  }
}
