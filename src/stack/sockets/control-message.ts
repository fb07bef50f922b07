import type { Micros } from '../../base/index.ts'
import type { ErrorReport } from './error-queue.ts'

/** One control message of sendmsg() or recvmsg(): a number, a time (`scm_timestamping`), octets, or what the error queue tells. */
export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly value: number | { readonly at: Micros } | Uint8Array | ErrorReport
}
