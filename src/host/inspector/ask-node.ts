/** Ask a Node process which of its code holds its leaked sockets: open its inspector, ask, close it, and see that it is closed. */
import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bracketed, type SocketRow, stateBit } from '../../inspect/index.ts'
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { HostError, reasonOf } from '../errors.ts'
import { OwnerTable } from '../proc/owners.ts'
import { visible } from '../proc/visible.ts'
import { readSockets } from '../read-sockets.ts'
import { HeldProcess, startTimeOf } from '../remedies/borrowed-socket.ts'
import { loadRemedyCalls } from '../remedies/remedy-calls.ts'
import type { SocketQuery } from '../snapshot.ts'
import { askSockets, type NodeAnswer } from './ask-sockets.ts'
import { abandonedInspectors, forgetOpened, forgetUnopened, noteOpened } from './opened-notes.ts'
import { catchesSigusr1, isStopped, type Runtime, runtimeOf } from './runtime.ts'
import { InspectorSession } from './session.ts'

/** A process that leaks, before it is asked. */
export interface LeakingProcess {
  readonly pid: number
  readonly startTime: number
  readonly command: string
  readonly runtime: Runtime
  /** Its sockets in CLOSE-WAIT, by descriptor. */
  readonly leaked: readonly { readonly fd: number; readonly row: SocketRow }[]
  readonly lacks: readonly string[]
}

/** What the process said, and what became of its inspector. */
export interface CodeReport extends NodeAnswer {
  /** Descriptors that it was asked about: all that leak, or a hundred of them, evenly chosen. */
  readonly asked: readonly number[]
  /** Where its inspector listened: `127.0.0.1:9229`. */
  readonly inspector: string
  /** `closed`: opened by us and seen to be closed; `kept`: it was open before; `open`: it could not be closed. */
  readonly afterwards: 'closed' | 'kept' | 'open'
}

/** How long the inspector may take to open or to close, ms. */
const PATIENCE_MS = 5000
const LOOK_EVERY_MS = 50
/** Node's default. */
const INSPECTOR_PORT = 9229

/**
 * Look at a process's sockets. Nothing is asked of it yet.
 * @throws HostError (a rejection) when it is gone, not visible to this user, or in another network namespace
 */
export async function findLeaks(pid: number, environment: Partial<HostEnvironment> = {}): Promise<LeakingProcess> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...environment }
  const { procRoot } = machine
  const startTime = startTimeOf(procRoot, pid)
  if (startTime === undefined) throw new HostError(`no process has the pid ${pid}`)
  const runtime = runtimeOf(pid, procRoot)
  if (runtime === undefined) {
    throw new HostError(
      `process ${pid} does not show itself ${process.geteuid?.() === 0 ? 'even to root' : 'to this user: root sees it'}`,
    )
  }
  const netns = (who: string): string | undefined => visible(() => readlinkSync(join(procRoot, who, 'ns', 'net')))
  if (netns(String(pid)) !== netns('self')) {
    throw new HostError(
      `process ${pid} is in another network namespace: expected one of this namespace; nsenter -t ${pid} -n lastack code ${pid} asks it from within`,
    )
  }
  const query = { ...QUERY, states: stateBit('CLOSE-WAIT') }
  const { rows, lacks } = await readSockets(query, { environment: machine })
  const leaked = rows.flatMap((row) =>
    (row.owners ?? []).filter((owner) => owner.pid === pid).map(({ fd }) => ({ fd, row })),
  )
  const command = visible(() => readFileSync(join(procRoot, String(pid), 'comm'), 'utf8'))?.trimEnd() ?? ''
  return { pid, startTime, command, runtime, leaked: leaked.sort((a, b) => a.fd - b.fd), lacks }
}

const QUERY: Omit<SocketQuery, 'states'> = {
  netids: ['tcp'],
  families: [4, 6],
  owners: true,
  tcpInfo: false,
  memory: false,
}

/**
 * Ask the process: SIGUSR1 opens its inspector, unless it is open. The inspector is closed again whatever happens.
 * @throws HostError (a rejection) when it is not Node, would be killed by the signal, or does not answer
 */
export async function askNode(
  process: LeakingProcess,
  environment: Partial<HostEnvironment> = {},
): Promise<CodeReport> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...environment }
  if (process.runtime !== 'node') throw new HostError(`process ${process.pid} is not Node`)
  await closeAbandoned(machine)
  const listeners = new Listeners(process.pid, machine)
  const openBefore = await openInspector(await listeners.now(), inspectorPort(process.pid, machine.procRoot))
  const inspector = openBefore ?? (await start(process, listeners, machine))
  const asked = sampleOf(process.leaked.map(({ fd }) => fd))
  let answer: NodeAnswer | undefined
  let obstacle: unknown
  try {
    const session = await InspectorSession.open(inspector.url)
    try {
      if (openBefore === undefined) await session.call('Runtime.evaluate', { expression: CLOSE_LATER })
      answer = await askSockets(session, asked, join(machine.procRoot, String(process.pid), 'root'))
    } catch (error) {
      obstacle = error
    } finally {
      if (openBefore === undefined) await stop(session)
      await session.close()
    }
  } catch (error) {
    obstacle ??= error
  }
  const afterwards = openBefore !== undefined ? 'kept' : (await isGone(inspector, listeners)) ? 'closed' : 'open'
  if (afterwards === 'closed') forgetOpened(process)
  if (answer === undefined) {
    const left = afterwards === 'open' ? `; its inspector is left open at ${inspector.address}` : ''
    throw new HostError(`${reasonOf(obstacle)}${left}`)
  }
  return { ...answer, asked, inspector: inspector.address, afterwards }
}

/** Sockets that are asked about: a program has few places that leak, however many sockets. */
const ASKED_MAX = 100

/** The oldest, the newest, and as many between as are wanted. */
function sampleOf(fds: readonly number[]): readonly number[] {
  if (fds.length <= ASKED_MAX) return fds
  const step = (fds.length - 1) / (ASKED_MAX - 1)
  return Array.from({ length: ASKED_MAX }, (_, i) => fds[Math.round(i * step)] as number)
}

interface Inspector {
  /** `127.0.0.1:9229` */
  readonly address: string
  /** Of the session. */
  readonly url: string
  readonly inode: number | undefined
}

/** The listeners of one process: an inspector port is believed to be its only when the socket's inode is among its descriptors. */
class Listeners {
  readonly #pid: number
  readonly #machine: HostEnvironment
  readonly #owners: OwnerTable

  constructor(pid: number, machine: HostEnvironment) {
    this.#pid = pid
    this.#machine = machine
    this.#owners = new OwnerTable(machine.procRoot)
  }

  async now(): Promise<SocketRow[]> {
    const query = { ...QUERY, states: stateBit('LISTEN') }
    const { rows } = await readSockets(query, { environment: this.#machine, ownerTable: this.#owners })
    return rows.filter(({ owners }) => owners?.some(({ pid }) => pid === this.#pid) === true)
  }
}

/** Which port its inspector has, when it has one: by its arguments, else Node's default. */
function inspectorPort(pid: number, procRoot: string): number {
  const read = (name: string): string => visible(() => readFileSync(join(procRoot, String(pid), name), 'utf8')) ?? ''
  const options = /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(read('environ'))?.[1] ?? ''
  const port = /--(?:inspect(?:-brk|-port|-wait)?|debug-port)[= ](?:\S*:)?(\d+)(?:\s|$)/.exec(
    `${options} ${read('cmdline').replaceAll('\0', ' ')}`,
  )?.[1]
  return port === undefined ? INSPECTOR_PORT : Number(port)
}

async function openInspector(rows: readonly SocketRow[], port: number): Promise<Inspector | undefined> {
  // At port 0 it was told to take any.
  for (const row of rows.filter(({ local }) => local.port === port || (port === 0 && isLoopback(local.address)))) {
    const inspector = await inspectorAt(row)
    if (inspector !== undefined) return inspector
  }
  return undefined
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** The inspector behind a listener of the process; undefined when it is another kind of server. */
async function inspectorAt({ local, inode }: SocketRow): Promise<Inspector | undefined> {
  const host = local.address === '0.0.0.0' ? '127.0.0.1' : local.address === '::' ? '::1' : local.address
  const address = `${bracketed(host)}:${local.port}`
  try {
    const answer = await fetch(`http://${address}/json/list`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    const [target] = (await answer.json()) as readonly { readonly webSocketDebuggerUrl?: string }[]
    const url = target?.webSocketDebuggerUrl
    // The session's own path, at the address where we have seen it listen.
    return url === undefined ? undefined : { address, inode, url: `ws://${address}${new URL(url).pathname}` }
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) return undefined
    throw error
  }
}

/** Have the process open its inspector. */
async function start(process: LeakingProcess, listeners: Listeners, machine: HostEnvironment): Promise<Inspector> {
  const { pid } = process
  const before = new Set((await listeners.now()).map(({ inode }) => inode))
  const held = new HeldProcess(await loadRemedyCalls(machine.loadKoffi), machine.procRoot, process)
  try {
    // exec() keeps pid and start time: what it is now is asked once more, at the last moment.
    if (runtimeOf(pid, machine.procRoot) !== 'node') throw new HostError(`process ${pid} is not Node any more`)
    if (!catchesSigusr1(pid, machine.procRoot)) {
      throw new HostError(`process ${pid} does not handle SIGUSR1 and would be killed by it: nothing was sent`)
    }
    if (isStopped(pid, machine.procRoot)) {
      throw new HostError(`process ${pid} is stopped (SIGSTOP, or a debugger) and could not answer: nothing was sent`)
    }
    noteOpened(process, machine)
    held.signal('SIGUSR1')
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
      for (const row of await listeners.now()) {
        if (before.has(row.inode)) continue
        const inspector = await inspectorAt(row)
        if (inspector !== undefined) return inspector
      }
      if (held.hasEnded()) throw new HostError(`process ${pid} has ended`)
    }
  } finally {
    held.close()
  }
  // The note stays: a program that is blocked opens it when it goes on.
  throw new HostError(
    `process ${pid} did not open its inspector: its port ${inspectorPort(pid, machine.procRoot)} may be taken, the program may handle SIGUSR1 itself, or it is blocked; should it open later, the next lastack code closes it`,
  )
}

/** Have the process close its inspector. That cuts the connection, so the answer may be lost: whether it is closed is seen by its port. */
async function stop(session: InspectorSession): Promise<void> {
  try {
    await session.call('Runtime.evaluate', { expression: CLOSE_INSPECTOR })
  } catch (error) {
    if (!(error instanceof HostError)) throw error
  }
}

const CLOSE_INSPECTOR = '(process._debugEnd || process.getBuiltinModule("node:inspector").close).call(process)'
/** Should we be killed while we ask, nothing of ours stays open for long. The timer does not keep the program alive. */
const CLOSE_LATER = `setTimeout(() => ${CLOSE_INSPECTOR}, 30_000).unref(); undefined`

/** Close the inspectors that one like us has opened and was killed before it could close them. */
async function closeAbandoned(machine: HostEnvironment): Promise<void> {
  for (const abandoned of abandonedInspectors(machine)) {
    const listeners = new Listeners(abandoned.pid, machine)
    const inspector = await openInspector(await listeners.now(), inspectorPort(abandoned.pid, machine.procRoot))
    if (inspector === undefined) {
      forgetUnopened(abandoned)
      continue
    }
    const session = await InspectorSession.open(inspector.url)
    await stop(session)
    await session.close()
    if (await isGone(inspector, listeners)) forgetOpened(abandoned)
  }
}

async function isGone({ inode }: Inspector, listeners: Listeners): Promise<boolean> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    if (!(await listeners.now()).some((row) => row.inode === inode)) return true
  }
  return false
}
