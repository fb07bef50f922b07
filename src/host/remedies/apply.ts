/** The acts themselves. Each rechecks that it meets the socket or the process that was planned for, and looks again afterwards. */
import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { HostError, reasonOf } from '../errors.ts'
import { insideNamespace, loadSetNamespace } from '../namespaces/enter.ts'
import type { NetworkNamespace } from '../namespaces/list.ts'
import { DiagSocket } from '../netlink/dump.ts'
import { loadLibc } from '../netlink/libc.ts'
import { visible } from '../proc/visible.ts'
import { readSockets } from '../read-sockets.ts'
import { ALL_STATES } from '../snapshot.ts'
import { BorrowedSocket, HeldProcess, SHUT } from './borrowed-socket.ts'
import { destroySocket } from './destroy.ts'
import type { RemedyPlan, RemedyStep } from './plan.ts'
import { loadRemedyCalls, type RemedyCalls } from './remedy-calls.ts'

/** What happened to one socket. */
export interface RemedyOutcome {
  readonly step: RemedyStep
  /** `ended`: as planned; `waiting`: begun, and the peer has not answered; `left`: nothing was done. */
  readonly result: 'ended' | 'waiting' | 'left'
  /** What was seen, looking again: one sentence without its full stop. */
  readonly seen: string
  /** Its descriptor is open in the owner still. */
  readonly leaked: boolean
}

/** How long an answer from the peer is waited for, ms. */
const ANSWER_MS = 2000
/** How long a process that was asked to end may take, ms. */
const END_MS = 5000
const LOOK_EVERY_MS = 20

/**
 * Do what was planned.
 * @throws HostError when this kernel or this user cannot do such a thing at all
 */
export async function applyRemedy(
  plan: RemedyPlan,
  environment: Partial<HostEnvironment> = {},
): Promise<RemedyOutcome[]> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...environment }
  const act = { shutdown: shutdownAll, destroy: destroyAll, kill: killAll }[plan.how]
  const seen = await act(plan, machine)
  return seen.map((outcome) => ({ ...outcome, leaked: isHeld(outcome.step.row, machine.procRoot) }))
}

type Seen = Omit<RemedyOutcome, 'leaked'>

const left = (step: RemedyStep, seen: string): Seen => ({ step, result: 'left', seen: `left alone: ${seen}` })

/** States in which the peer's answer to our FIN is still to come. */
const UNANSWERED: ReadonlySet<RowState> = new Set(['FIN-WAIT-1', 'LAST-ACK', 'CLOSING'])

/** Each takes a descriptor of ours until its peer has answered; of these there may be no more than a thousand. */
const AT_ONCE = 500

async function shutdownAll({ steps, namespace }: RemedyPlan, machine: HostEnvironment): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let i = 0; i < steps.length; i += AT_ONCE) {
    seen.push(...(await shutdownSome(steps.slice(i, i + AT_ONCE), namespace, machine)))
  }
  return seen
}

async function shutdownSome(
  steps: readonly RemedyStep[],
  namespace: NetworkNamespace | undefined,
  machine: HostEnvironment,
): Promise<Seen[]> {
  const calls = await loadRemedyCalls(machine.loadKoffi)
  const held: BorrowedSocket[] = []
  try {
    const begun = steps.map((step) => {
      try {
        const socket = beginShutdown(step, calls, machine)
        held.push(socket)
        return { step, socket }
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        return { step, obstacle: error.message }
      }
    })
    const end = performance.now() + ANSWER_MS
    while (held.some((socket) => UNANSWERED.has(socket.state())) && performance.now() < end) await sleep(LOOK_EVERY_MS)
    const now = await statesByCookie(machine, namespace)
    return begun.map(({ step, socket, obstacle }) =>
      socket === undefined ? left(step, obstacle) : seenAfterShutdown(step, socket, now),
    )
  } finally {
    for (const socket of held) socket.close()
  }
}

/** Send the FIN; the socket is handed back so that the answer can be seen. */
function beginShutdown(step: RemedyStep, calls: RemedyCalls, machine: HostEnvironment): BorrowedSocket {
  const { row, through, obstacle } = step
  if (through === undefined) throw new HostError(obstacle ?? 'nobody holds it')
  const socket = new BorrowedSocket(calls, machine.procRoot, through, through.startTime)
  try {
    if (socket.cookie() !== row.cookie) throw new HostError(`descriptor ${through.fd} is another socket now`)
    const state = socket.state()
    if (state !== row.state) throw new HostError(`it has moved on to ${state}`)
    // SHUT_WR is the FIN, and takes nothing from a reader; of a listener it is SHUT_RD that ends the listening.
    socket.shutdown(state === 'LISTEN' ? SHUT.RD : SHUT.WR)
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

function seenAfterShutdown(step: RemedyStep, socket: BorrowedSocket, now: ReadonlyMap<bigint, RowState>): Seen {
  const { row } = step
  const state = socket.state()
  if (row.state === 'LISTEN') return { step, result: 'ended', seen: 'no longer listens' }
  if (UNANSWERED.has(state)) {
    return {
      step,
      result: 'waiting',
      seen: `FIN sent, not acknowledged within ${ANSWER_MS / 1000} s: ${state}, sent again and again`,
    }
  }
  if (state === 'FIN-WAIT-2')
    return { step, result: 'ended', seen: 'FIN acknowledged: FIN-WAIT-2 until the peer closes' }
  if (state !== 'CLOSED') return { step, result: 'left', seen: `still ${state}` }
  if (socket.hasError()) return { step, result: 'ended', seen: 'RST: the peer had gone' }
  const rest = row.cookie === undefined ? undefined : now.get(row.cookie)
  return {
    step,
    result: 'ended',
    seen: rest === 'TIME-WAIT' ? 'FIN acknowledged, and the peer’s: TIME-WAIT' : 'FIN acknowledged: closed',
  }
}

async function destroyAll({ steps, namespace }: RemedyPlan, machine: HostEnvironment): Promise<Seen[]> {
  const diag = await diagSocketIn(namespace, machine)
  let acts: { readonly step: RemedyStep; readonly obstacle: string | undefined }[]
  try {
    const before = await statesByCookie(machine, namespace)
    acts = steps.map((step) => ({ step, obstacle: destroyOne(diag, step.row, before, machine.sysRoot) }))
  } finally {
    diag.close()
  }
  const now = await statesByCookie(machine, namespace)
  return acts.map(({ step, obstacle }) => {
    if (obstacle !== undefined) return left(step, obstacle)
    const state = now.get(step.row.cookie as bigint)
    if (state === undefined) return { step, result: 'ended', seen: 'destroyed: in no table any more' }
    // A port that was bound by number stays with the descriptor.
    if (state === 'BOUND-INACTIVE' && step.row.state !== state) {
      return { step, result: 'ended', seen: 'destroyed; its descriptor keeps the port, bound and no longer listening' }
    }
    return { step, result: 'left', seen: `still ${state}` }
  })
}

/** A netlink socket belongs to the namespace that it was made in. */
async function diagSocketIn(namespace: NetworkNamespace | undefined, machine: HostEnvironment): Promise<DiagSocket> {
  const libc = await loadLibc(machine.loadKoffi)
  if (namespace === undefined) return new DiagSocket(libc)
  const setNamespace = await loadSetNamespace(machine.loadKoffi)
  return insideNamespace(setNamespace, namespace, () => new DiagSocket(libc))
}

/** What kept it from being destroyed, or undefined. */
function destroyOne(
  diag: DiagSocket,
  row: SocketRow,
  before: ReadonlyMap<bigint, RowState>,
  sysRoot: string,
): string | undefined {
  const state = before.get(row.cookie as bigint)
  if (state !== undefined && state !== row.state) return `it has moved on to ${state}`
  // The kernel compares the cookie at the very act.
  return destroySocket(diag, row, sysRoot) ? undefined : 'it has ended by itself'
}

async function killAll({ steps, processes, namespace }: RemedyPlan, machine: HostEnvironment): Promise<Seen[]> {
  const calls = await loadRemedyCalls(machine.loadKoffi)
  const obstacles = new Map<number, string>()
  const asked: HeldProcess[] = []
  try {
    for (const process of processes) {
      try {
        const rows = steps.filter(({ through }) => through?.pid === process.pid).map(({ row }) => row)
        const held = new HeldProcess(calls, machine.procRoot, process)
        asked.push(held)
        if (!rows.some((row) => isHeld(row, machine.procRoot))) throw new HostError('it holds none of them any more')
        held.signal('SIGTERM')
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        obstacles.set(process.pid, reasonOf(error))
      }
    }
    const running = (): HeldProcess[] => asked.filter((held) => !obstacles.has(held.pid) && !held.hasEnded())
    const end = performance.now() + END_MS
    while (running().length > 0 && performance.now() < end) await sleep(LOOK_EVERY_MS)
    const survivors = new Set(running().map(({ pid }) => pid))
    const now = await statesByCookie(machine, namespace)
    return steps.map((step) => seenAfterKill(step, { obstacles, survivors, now }))
  } finally {
    for (const held of asked) held.close()
  }
}

interface AfterKill {
  readonly obstacles: ReadonlyMap<number, string>
  readonly survivors: ReadonlySet<number>
  readonly now: ReadonlyMap<bigint, RowState>
}

function seenAfterKill(step: RemedyStep, { obstacles, survivors, now }: AfterKill): Seen {
  const { row, through } = step
  if (through === undefined) return left(step, step.obstacle ?? 'nobody holds it')
  const obstacle = obstacles.get(through.pid)
  if (obstacle !== undefined) return left(step, obstacle)
  const state = now.get(row.cookie as bigint)
  if (survivors.has(through.pid)) {
    const where = state === undefined ? 'its socket has ended' : `its socket is ${state}`
    return {
      step,
      result: 'waiting',
      seen: `process ${through.pid} runs on ${END_MS / 1000} s after SIGTERM; ${where}`,
    }
  }
  if (state === undefined) return { step, result: 'ended', seen: 'closed with its process' }
  const isOver = state !== row.state || UNANSWERED.has(state) || state === 'TIME-WAIT'
  if (isOver)
    return { step, result: UNANSWERED.has(state) ? 'waiting' : 'ended', seen: `closed with its process: ${state}` }
  return { step, result: 'left', seen: `still ${state}: another process holds it too` }
}

/** Whether one of the row's owners has the socket open. */
function isHeld({ owners, inode }: SocketRow, procRoot: string): boolean {
  return (owners ?? []).some(
    ({ pid, fd }) => visible(() => readlinkSync(join(procRoot, String(pid), 'fd', String(fd)))) === `socket:[${inode}]`,
  )
}

/** The state of every TCP socket of a namespace, by its cookie. */
async function statesByCookie(
  machine: HostEnvironment,
  namespace: NetworkNamespace | undefined,
): Promise<ReadonlyMap<bigint, RowState>> {
  const query = {
    netids: ['tcp'],
    families: [4, 6],
    states: ALL_STATES,
    owners: false,
    tcpInfo: false,
    memory: false,
  } as const
  const namespaces = namespace === undefined ? undefined : [namespace]
  const { rows } = await readSockets(query, { source: 'netlink', environment: machine, namespaces })
  return new Map(rows.flatMap(({ cookie, state }) => (cookie === undefined ? [] : [[cookie, state] as const])))
}
