import { receiveMemory, sendMemory, type Tcb } from '../../tcp/index.ts'
import type { SocketOptions } from './socket-options.ts'

/** Octets, but `drops`: how many. */
export interface MemoryDescription {
  readonly rmemAlloc: number
  readonly rcvbuf: number
  readonly wmemAlloc: number
  readonly sndbuf: number
  readonly fwdAlloc: number
  readonly wmemQueued: number
  readonly optmem: number
  readonly backlog: number
  readonly drops: number
}

/**
 * What a stream socket holds; null: it has no connection.
 * @param drops what its listener had no room for
 * @param optmem what it holds of `optmem_max`
 */
export function memoryOf(tcb: Tcb | null, options: SocketOptions, drops: number, optmem: number): MemoryDescription {
  return {
    rmemAlloc: tcb === null ? 0 : receiveMemory(tcb),
    rcvbuf: options.receiveBuffer,
    wmemAlloc: tcb?.sendBuffer.length ?? 0,
    sndbuf: options.sendBuffer,
    fwdAlloc: 0,
    wmemQueued: tcb === null ? 0 : sendMemory(tcb),
    optmem,
    backlog: 0,
    drops,
  }
}
