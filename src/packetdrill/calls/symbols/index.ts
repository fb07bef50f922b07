/** Names that scripts use for numbers, each with what it is worth on Linux; FreeBSD's own names have numbers that are none of Linux's. */
import { BSD_SYMBOLS } from './bsd.ts'
import { BSD_STACK_OPTIONS } from './bsd-stack-options.ts'
import { CAPABILITY_SYMBOLS } from './capabilities.ts'
import { FILE_SYMBOLS } from './files.ts'
import { OPTION_SYMBOLS } from './options.ts'
import { PACKET_SYMBOLS } from './packets.ts'
import { REPORT_SYMBOLS } from './reports.ts'
import { SOCKET_SYMBOLS } from './sockets.ts'

/** Every name and its number. */
export const SYMBOLS: ReadonlyMap<string, number> = new Map([
  ...SOCKET_SYMBOLS,
  ...OPTION_SYMBOLS,
  ...FILE_SYMBOLS,
  ...REPORT_SYMBOLS,
  ...PACKET_SYMBOLS,
  ...CAPABILITY_SYMBOLS,
  ...Object.entries(BSD_SYMBOLS),
  ...Object.entries(BSD_STACK_OPTIONS),
])
