/** What the console may do to connections, when it was started so: first what it would do, then that and nothing else. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { SocketRow } from '../../inspect/index.ts'
import { HostError } from '../errors.ts'
import type { NetworkNamespace } from '../namespaces/list.ts'
import { OwnerTable } from '../proc/owners.ts'
import { readSockets } from '../read-sockets.ts'
import { applyRemedy } from '../remedies/apply.ts'
import type { RemedyKind } from '../remedies/consequence.ts'
import { planRemedy, type RemedyPlan } from '../remedies/plan.ts'
import { endpointsText, expectedLeaks, leftOpen, remedyQuestion, sideEffects, stepSentence } from '../remedies/words.ts'
import { ALL_STATES } from '../snapshot.ts'
import type { HealPlanMessage, HealReportMessage } from './protocol.ts'

/** Sockets that one action may be about. */
const SOCKETS_MAX = 1000
/** Plans that were shown and may still be agreed to; of more, the oldest are forgotten. */
const PLANS_MAX = 16
/** What was shown so long ago is not what one would see now, ms. */
const PLAN_LASTS_MS = 120_000
const TOKEN_OCTETS = 15
const HOWS: readonly RemedyKind[] = ['shutdown', 'destroy', 'kill']

/** Which sockets are to be ended, and how. */
interface HealRequest {
  readonly how: RemedyKind
  readonly cookies: ReadonlySet<bigint>
}

/** A request that cannot be understood, or is refused: its message is one line. */
export class RefusedAction extends Error {
  override readonly name: string = 'RefusedAction'
}

/** Plans and does what `lastack heal` would. */
export class Healer {
  /** What a request has to know: only whoever sees the terminal does. */
  readonly token: string = randomBytes(TOKEN_OCTETS).toString('base64url')
  readonly #namespaces: readonly NetworkNamespace[] | undefined
  readonly #plans = new Map<string, { readonly plan: RemedyPlan; readonly at: number }>()
  #count = 0
  #acting = false

  constructor(namespaces: readonly NetworkNamespace[] | undefined) {
    this.#namespaces = namespaces
  }

  /** Whether that is the token. */
  knows(given: string | readonly string[] | undefined): boolean {
    const [mine, theirs] = [Buffer.from(this.token), Buffer.from(String(given ?? ''))]
    return mine.length === theirs.length && timingSafeEqual(mine, theirs)
  }

  /**
   * What would be done. Nothing is changed.
   * @param body `{ how, cookies }`: how to end them, and the sockets' cookies in decimal
   * @throws RefusedAction saying why not
   */
  async plan(body: unknown): Promise<HealPlanMessage> {
    const { how, cookies } = requestOf(body)
    const owners = new OwnerTable()
    const query = { netids: ['tcp'], families: [4, 6], states: ALL_STATES, tcpInfo: false, memory: false } as const
    const { rows } = await readSockets(
      { ...query, owners: true },
      { source: 'netlink', ownerTable: owners, namespaces: this.#namespaces },
    )
    const wanted = rows.filter(({ cookie }) => cookie !== undefined && cookies.has(cookie))
    const namespace = this.#namespaceOf(wanted)
    const listener = wanted.find(({ state }) => state === 'LISTEN')
    if (listener !== undefined) {
      throw new RefusedAction(
        `${endpointsText(listener)} listens, and to end it ends a service: lastack heal does so, where state listening and its port are asked for`,
      )
    }
    const plan = planRemedy(how, wanted, owners, namespace)
    return this.#message(plan, cookies.size - wanted.length)
  }

  /**
   * Does what a plan says, once.
   * @param body `{ plan }`: the id of a plan that was shown
   * @throws RefusedAction saying why not
   */
  async apply(body: unknown): Promise<HealReportMessage> {
    const id = fieldOf(body, 'plan')
    const shown = typeof id === 'string' ? this.#plans.get(id) : undefined
    if (shown === undefined || performance.now() - shown.at > PLAN_LASTS_MS) {
      throw new RefusedAction('this plan is not known, done already, or too old: look again')
    }
    if (this.#acting) throw new RefusedAction('another action is under way: wait for its report')
    this.#plans.delete(String(id))
    this.#acting = true
    try {
      const outcomes = await applyRemedy(shown.plan)
      return {
        steps: outcomes.map(({ step, result, seen }) => ({ ends: endpointsText(step.row), result, seen: `${seen}.` })),
        leaks: leftOpen(outcomes),
      }
    } finally {
      this.#acting = false
    }
  }

  #message(plan: RemedyPlan, gone: number): HealPlanMessage {
    const id = String(++this.#count)
    this.#plans.set(id, { plan, at: performance.now() })
    const [oldest] = this.#plans.keys()
    if (this.#plans.size > PLANS_MAX && oldest !== undefined) this.#plans.delete(oldest)
    return {
      id,
      question: remedyQuestion(plan),
      steps: plan.steps.map((step) => ({
        state: step.row.state,
        ends: endpointsText(step.row),
        recvQueue: step.row.recvQueue,
        sendQueue: step.row.sendQueue,
        text: stepSentence(step),
        possible: step.obstacle === undefined,
      })),
      warnings: sideEffects(plan),
      leaks: expectedLeaks(plan),
      gone,
    }
  }

  /** The one network namespace that the rows are in; undefined: this process's own. */
  #namespaceOf(rows: readonly SocketRow[]): NetworkNamespace | undefined {
    const labels = new Set(rows.map(({ netns }) => netns))
    if (labels.size > 1) {
      throw new RefusedAction('these sockets are in several network namespaces: expected those of one at a time')
    }
    const [label] = labels
    if (label === undefined) return undefined
    const namespace = this.#namespaces?.find((one) => one.label === label)
    if (namespace === undefined) throw new HostError(`${label}: no such network namespace any more`)
    return namespace
  }
}

function requestOf(body: unknown): HealRequest {
  const how = HOWS.find((one) => one === fieldOf(body, 'how'))
  if (how === undefined) throw new RefusedAction(`how: expected ${HOWS.join(', ')}`)
  const given = fieldOf(body, 'cookies')
  if (!Array.isArray(given) || given.length === 0 || given.length > SOCKETS_MAX) {
    throw new RefusedAction(`cookies: expected from 1 to ${SOCKETS_MAX} of them: narrow the choice`)
  }
  const cookies = given.map((text: unknown) => {
    if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw new RefusedAction('cookies: expected decimal text')
    return BigInt(text)
  })
  return { how, cookies: new Set(cookies) }
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined
}
