/** In which language a process is written, and what that language's own tools say of its sockets. */
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import { visible } from '../proc/visible.ts'

/** What a process runs on; `other`: compiled code, or something that is not known here. */
export type Runtime = 'node' | 'python' | 'java' | 'ruby' | 'php' | 'go' | 'other'

const BY_NAME: readonly (readonly [RegExp, Runtime])[] = [
  [/^node(js)?(-?\d[\d.]*)?$/, 'node'],
  [/^pypy|^python/, 'python'],
  [/^java$/, 'java'],
  [/^ruby/, 'ruby'],
  [/^php/, 'php'],
]

/** The head of the ELF note that has a Go program's build id: what it is, 4, and whose, behind their lengths. */
const GO_NOTE: Buffer = Buffer.concat([Buffer.from(Uint32Array.of(4).buffer), Buffer.from('Go\0\0')])
/** Octets at the beginning of a Go program in which its build id stands. */
const GO_HEAD = 1 << 16

/** By the name of its executable, and by the mark that Go leaves in it; undefined when it is gone or not visible. */
export function runtimeOf(pid: number, procRoot: string = '/proc'): Runtime | undefined {
  const path = join(procRoot, String(pid), 'exe')
  const target = visible(() => readlinkSync(path))
  if (target === undefined) return undefined
  const name = basename(target.replace(/ \(deleted\)$/, ''))
  const known = BY_NAME.find(([pattern]) => pattern.test(name))
  if (known !== undefined) return known[1]
  const head = headOf(path)
  return head.includes('Go build ID:') || head.includes(GO_NOTE) ? 'go' : 'other'
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(GO_HEAD)
  const fd = visible(() => openSync(path, 'r'))
  if (fd === undefined) return head
  try {
    return head.subarray(0, readSync(fd, head, 0, GO_HEAD, 0))
  } finally {
    closeSync(fd)
  }
}

/** Whether the process handles SIGUSR1. One that does not is killed by it. */
export function catchesSigusr1(pid: number, procRoot: string = '/proc'): boolean {
  const status = visible(() => readFileSync(join(procRoot, String(pid), 'status'), 'utf8')) ?? ''
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(constants.signals.SIGUSR1 - 1)) & 1n) === 1n
}

/** Whether the process is stopped, by a signal or a debugger: it would take a signal only when it goes on. */
export function isStopped(pid: number, procRoot: string = '/proc'): boolean {
  const status = visible(() => readFileSync(join(procRoot, String(pid), 'status'), 'utf8')) ?? ''
  return /^State:\s*[Tt]/m.test(status)
}

/** A command to be typed, and what it tells. */
export interface RuntimeAdvice {
  readonly command: string
  readonly tells: string
}

/** What to ask a process that is not Node. */
export function adviceFor(runtime: Runtime, pid: number, fds: readonly number[]): readonly RuntimeAdvice[] {
  const [fd] = fds
  const stacks = { command: `gdb -p ${pid} -batch -ex 'thread apply all bt'`, tells: 'the stack of every thread' }
  const calls = {
    command: `strace -f -p ${pid} -e trace=network,read,close`,
    tells: `what it still does with ${fd === undefined ? 'its sockets' : `descriptor ${fds.slice(0, FDS_MAX).join(', ')}`}: if nothing, it has forgotten them`,
  }
  switch (runtime) {
    case 'python':
      return [
        {
          command: `py-spy dump --pid ${pid} --locals`,
          tells: 'the line where each thread is, with the sockets in its variables (fd=…)',
        },
        calls,
      ]
    case 'java':
      return [
        { command: `jstack ${pid}`, tells: 'the line where each thread is' },
        {
          command: `jcmd ${pid} GC.class_histogram | grep -i socket`,
          tells: 'how many sockets the heap still holds, by class',
        },
        calls,
      ]
    case 'ruby':
      return [{ command: `rbspy snapshot --pid ${pid}`, tells: 'the line where it is' }, calls]
    case 'php':
      return [{ command: `phpspy -p ${pid} -l 1`, tells: 'the line where it is' }, calls]
    case 'go':
      return [
        {
          command: "curl 'localhost:6060/debug/pprof/goroutine?debug=2'",
          tells: 'the line where each goroutine is, if it serves net/http/pprof',
        },
        {
          command: `dlv attach ${pid}`,
          tells: 'the same by its `goroutines -s`; SIGQUIT would print it too, and end the process',
        },
        calls,
      ]
    default:
      return [stacks, calls]
  }
}

/** Descriptors that are written into a line. */
const FDS_MAX = 8
