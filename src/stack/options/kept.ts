import { Errno } from '../../base/index.ts'
import { Level, So, TcpOption } from '../constants.ts'
import {
  any,
  flag,
  invalid,
  kept,
  none,
  notNegative,
  type Rule,
  told,
  unsupported,
  upTo,
  writeOnly,
  zeroOrOne,
} from './kept-rules.ts'
import type { SocketOption } from './option.ts'

const { SOL_SOCKET, IPPROTO_TCP } = Level
/** Instructions and extensions of packet filters that Linux counts. */
const BPF_EXTENSIONS = 64
const BUDGET_MOST = 65_535

/** There is no memory to be set aside for one socket. */
const reserve: Rule = (value, socket) => (value < 0 ? -Errno.EINVAL : unsupported(value, socket))

/**
 * Options that are taken, kept and told, as Linux does, and that decide nothing here: about hardware, queues below TCP, filters,
 * traces, and control messages that a stream does not have.
 */
export const keptOptions: readonly SocketOption[] = [
  kept('SO_DEBUG', SOL_SOCKET, So.DEBUG, flag),
  kept('SO_DONTROUTE', SOL_SOCKET, So.DONTROUTE, flag),
  kept('SO_BSDCOMPAT', SOL_SOCKET, So.BSDCOMPAT, none),
  // A new path is looked for by itself.
  writeOnly(kept('SO_CNX_ADVICE', SOL_SOCKET, So.CNX_ADVICE, none)),
  // No program sits before a socket of ours; what it would have is told as none.
  { ...kept('SO_ATTACH_FILTER', SOL_SOCKET, So.ATTACH_FILTER, invalid), length: 0, get: () => '' },
  kept('SO_NO_CHECK', SOL_SOCKET, So.NO_CHECK, flag),
  kept('SO_RXQ_OVFL', SOL_SOCKET, So.RXQ_OVFL, flag),
  kept('SO_WIFI_STATUS', SOL_SOCKET, So.WIFI_STATUS, flag),
  kept('SO_NOFCS', SOL_SOCKET, So.NOFCS, flag),
  kept('SO_LOCK_FILTER', SOL_SOCKET, So.LOCK_FILTER, flag),
  kept('SO_SELECT_ERR_QUEUE', SOL_SOCKET, So.SELECT_ERR_QUEUE, flag),
  kept('SO_BUSY_POLL', SOL_SOCKET, So.BUSY_POLL, notNegative),
  writeOnly(kept('SO_BUSY_POLL_BUDGET', SOL_SOCKET, So.BUSY_POLL_BUDGET, upTo(BUDGET_MOST))),
  kept('SO_INCOMING_CPU', SOL_SOCKET, So.INCOMING_CPU, any, { initial: -1 }),
  kept('SO_BINDTOIFINDEX', SOL_SOCKET, So.BINDTOIFINDEX, notNegative),
  kept('SO_PREFER_BUSY_POLL', SOL_SOCKET, So.PREFER_BUSY_POLL, flag),
  kept('SO_RESERVE_MEM', SOL_SOCKET, So.RESERVE_MEM, reserve),
  kept('SO_RCVMARK', SOL_SOCKET, So.RCVMARK, flag),
  kept('SO_RCVPRIORITY', SOL_SOCKET, So.RCVPRIORITY, flag),
  kept('TCP_THIN_DUPACK', IPPROTO_TCP, TcpOption.THIN_DUPACK, (value, socket) => Math.min(0, zeroOrOne(value, socket))),
  told('SO_BPF_EXTENSIONS', SOL_SOCKET, So.BPF_EXTENSIONS, BPF_EXTENSIONS),
  told('SO_INCOMING_NAPI_ID', SOL_SOCKET, So.INCOMING_NAPI_ID, 0),
  told('TCP_CC_INFO', IPPROTO_TCP, TcpOption.CC_INFO, '', 0),
  told('TCP_IS_MPTCP', IPPROTO_TCP, TcpOption.IS_MPTCP, 0),
]
