/** What the kernel tells of multipath connections: linux/mptcp.h. */
import type { MptcpInfo, SubflowInfo } from '../../inspect/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'

/** Octets up to and with mptcpi_rcv_nxt: what came later ss 6.1 does not print. */
const MPTCP_INFO_MIN = 40
const FLAG_FALLBACK = 1
const FLAG_REMOTE_KEY = 2

/**
 * `struct mptcp_info`, which has only ever grown.
 * @returns undefined when `length` is less than any kernel gives
 */
export function mptcpInfoAt(view: DataView, start: number, length: number): MptcpInfo | undefined {
  if (length < MPTCP_INFO_MIN) return undefined
  const u8 = (offset: number): number => view.getUint8(start + offset)
  const u32 = (offset: number): number => view.getUint32(start + offset, LITTLE_ENDIAN)
  const u64 = (offset: number): bigint => view.getBigUint64(start + offset, LITTLE_ENDIAN)
  return {
    subflows: u8(0),
    add_addr_signal: u8(1),
    add_addr_accepted: u8(2),
    subflows_max: u8(3),
    add_addr_signal_max: u8(4),
    add_addr_accepted_max: u8(5),
    fallback: (u32(8) & FLAG_FALLBACK) !== 0,
    remote_key: (u32(8) & FLAG_REMOTE_KEY) !== 0,
    token: u32(12),
    write_seq: u64(16),
    snd_una: u64(24),
    rcv_nxt: u64(32),
  }
}

// MPTCP_SUBFLOW_ATTR_*.
const TOKEN_REM = 1
const TOKEN_LOC = 2
const MAP_SEQ = 4
const MAP_SFSEQ = 5
const SSN_OFFSET = 6
const MAP_DATALEN = 7
const FLAGS = 8
const ID_REM = 9
const ID_LOC = 10

/**
 * One path of a multipath connection.
 * @param find where the value of an attribute of that number begins; −1 when it is not there
 */
export function subflowAt(view: DataView, find: (attribute: number) => number): SubflowInfo {
  const u8 = (at: number): number => view.getUint8(at)
  const u16 = (at: number): number => view.getUint16(at, LITTLE_ENDIAN)
  const u32 = (at: number): number => view.getUint32(at, LITTLE_ENDIAN)
  const u64 = (at: number): bigint => view.getBigUint64(at, LITTLE_ENDIAN)
  const read = <T>(attribute: number, value: (at: number) => T): T | undefined => {
    const at = find(attribute)
    return at < 0 ? undefined : value(at)
  }
  return {
    flags: read(FLAGS, u32),
    token_rem: read(TOKEN_REM, u32),
    token_loc: read(TOKEN_LOC, u32),
    id_rem: read(ID_REM, u8),
    id_loc: read(ID_LOC, u8),
    map_seq: read(MAP_SEQ, u64),
    map_sfseq: read(MAP_SFSEQ, u32),
    ssn_offset: read(SSN_OFFSET, u32),
    map_datalen: read(MAP_DATALEN, u16),
  }
}
