import { LITTLE_ENDIAN } from '../byte-order.ts'
import { ALL_STATES } from '../snapshot.ts'
import { DiagSocket } from './dump.ts'
import { isInetMessage, tcpDumpRequest } from './inet-diag.ts'
import type { Libc } from './libc.ts'
import { aligned, NLMSG_HEADER } from './message.ts'

/** Where `struct inet_diag_msg` has the inode. */
const INODE_AT = 68

/**
 * Add the inode of every TCP socket of this thread's network namespace; nothing else of them is read. A dump that the kernel calls
 * inconsistent may miss some.
 * @throws HostError when the kernel refuses
 */
export function dumpTcpInodes(libc: Libc, into: Set<number>): void {
  const diag = new DiagSocket(libc)
  try {
    diag.dump(
      tcpDumpRequest({ states: ALL_STATES, tcpInfo: false, memory: false }),
      (bytes) => collectInodes(bytes, into),
      // What an interrupted dump has told is true all the same: the next one adds to it.
      () => undefined,
    )
  } finally {
    diag.close()
  }
}

function collectInodes(bytes: Uint8Array, into: Set<number>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + NLMSG_HEADER <= bytes.length; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN)
    if (length < NLMSG_HEADER || at + length > bytes.length) return
    if (isInetMessage(view.getUint16(at + 4, LITTLE_ENDIAN)) && length >= NLMSG_HEADER + INODE_AT + 4) {
      into.add(view.getUint32(at + NLMSG_HEADER + INODE_AT, LITTLE_ENDIAN))
    }
    at += aligned(length)
  }
}
