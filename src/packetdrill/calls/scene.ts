import { type ErrnoName, entryOf, errnoName, errnoNumbers, type Micros } from '../../base/index.ts'
import type { Host, Process, TcpSocket } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import type { RunConfig } from '../run/config.ts'
import type { Flows } from '../run/flows.ts'
import type { Pipe } from './pipe.ts'

/** What a file was opened for: O_RDONLY, O_WRONLY, O_RDWR. */
export type Access = 0 | 1 | 2

/** What epoll_wait() tells of a descriptor. */
export interface EpollEvent {
  readonly events: number
  readonly data: number
}

/** An epoll instance, as calls see it (`Epoll`). */
export interface EpollFile {
  /** How often something has happened that wakes who watches this instance. */
  readonly wakes: number
  /** EPOLL_CTL_ADD, DEL and MOD; 0 or the name of an errno. */
  control(scene: Scene, operation: number, fd: number, events: number, data: number): 0 | ErrnoName
  /** A descriptor is closed. @param twin another one of the same file; undefined: there is none */
  closed(fd: number, twin: number | undefined): void
  /** Something may have happened: edges are noticed when they come, not when somebody asks. */
  observe(scene: Scene): void
  /** Whether there is something to tell. */
  hasReady(scene: Scene): boolean
  /** What is to be told now, at most `most`. */
  ready(scene: Scene, most: number): EpollEvent[]
}

/** What a descriptor of the script stands for. `closesOnExec` is FD_CLOEXEC, `flags` what fcntl() has set beside O_NONBLOCK: kept and told. */
export type File = { closesOnExec?: boolean; flags?: number } & (
  | { readonly kind: 'socket'; readonly fd: number; nonblocking: boolean }
  | { readonly kind: 'epoll'; readonly epoll: EpollFile; nonblocking: boolean }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly end: 'read' | 'write'; nonblocking: boolean }
  | { readonly kind: 'disk'; length: number; offset: number; readonly access: Access; nonblocking: boolean }
)

/** Where a script's calls happen. */
export interface Scene {
  readonly config: RunConfig
  readonly host: Host
  readonly process: Process
  readonly flows: Flows
  /** By the script's numbers. */
  readonly files: Map<number, File>
  readonly now: Micros
  /** How long a file is that commands of the script have made. */
  fileLength(path: string): number | undefined
  /** Capabilities that the script has given up (`cap_set`). */
  readonly dropped: Set<number>
  /** When the script's time began. */
  readonly zero: Micros
  /** The descriptor that the script wants for what the call opens; −1 when it says none. */
  readonly wanted: number
}

/** A call that has begun. */
export interface Started {
  /** Tries; null while it would block. Results are as the system gives them: −errno in its own numbers. */
  attempt(): number | null
  /** When an attempt comes to an end though nothing happens: poll's timeout, SO_LINGER's. */
  readonly deadline?: Micros
  /** Compares what the call filled in with the script. @throws {Mismatch} */
  check?(result: number): void
  /** Makes what a non-negative result opened known under the script's descriptor. */
  open?(result: number): File
}

/** Begins a call. @throws {Unsupported} for what neither runner nor stack have */
export type Handler = (args: readonly Expression[], scene: Scene) => Started

/** A call that does not wait. */
export function once(result: number, check?: (result: number) => void): Started {
  return { attempt: () => result, ...(check && { check }) }
}

/** −errno in the numbers of the host's system. */
export function failure(scene: Scene, name: ErrnoName): number {
  return -errnoNumbers[scene.host.personality.errno][name]
}

/** The errno's name of a result, '' for a result that is none. */
export function errnoOf(scene: Scene, result: number): string {
  return result < 0 ? errnoName(result, scene.host.personality.errno) : ''
}

/** Names that systems have for one and the same number. */
const SAME: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' }

/** An errno's name as results have it. */
export function usualErrno(name: string): string {
  return entryOf(SAME, name) ?? name
}

/** Whether a call said that it would block. */
export function wouldBlock(scene: Scene, result: number): boolean {
  return result === failure(scene, 'EAGAIN')
}

/** What a call that is for sockets alone says of a descriptor: 0 for a socket, else −EBADF or −ENOTSOCK. */
export function notSocket(scene: Scene, fd: number): number {
  const file = scene.files.get(fd)
  if (file?.kind === 'socket') return 0
  return failure(scene, file === undefined ? 'EBADF' : 'ENOTSOCK')
}

/** The live descriptor of a socket; −1, which no call takes, for what is none. */
export function liveFd(scene: Scene, fd: number): number {
  const file = scene.files.get(fd)
  return file?.kind === 'socket' ? file.fd : -1
}

/** The TCP socket of a live descriptor; undefined for everything else. */
export function tcpSocketOf({ process }: Pick<Scene, 'process'>, live: number): TcpSocket | undefined {
  const file = process.file(live)
  return file?.protocol === 'tcp' ? (file as TcpSocket) : undefined
}

/** The control block of a live descriptor; null where there is none. */
export function tcbOf(scene: Pick<Scene, 'process'>, live: number): TcpSocket['tcb'] {
  return tcpSocketOf(scene, live)?.tcb ?? null
}

/** Whether an error waits for the next call; true for what is no TCP socket. */
export function hasFailed(scene: Scene, live: number): boolean {
  const socket = tcpSocketOf(scene, live)
  return socket === undefined || (socket.tcb?.error ?? 0) !== 0
}
