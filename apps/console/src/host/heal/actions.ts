import { type Signal, signal } from '@preact/signals'
import type { HealPlanMessage, HealReportMessage } from 'lastack/host'

/** How to end connections from outside, the gentlest first. */
export const HOWS = ['shutdown', 'destroy', 'kill'] as const
export type How = (typeof HOWS)[number]

/** What to end, and how. */
export interface Wanted {
  readonly how: How
  readonly cookies: readonly string[]
}

/** The token that the terminal printed, as it was typed. It is kept nowhere: a page that is loaded again asks again. */
export const token: Signal<string> = signal('')

/** The server did not do it; `isToken`: because that was not the token. */
export class Refused extends Error {
  readonly isToken: boolean

  constructor(message: string, isToken: boolean) {
    super(message)
    this.isToken = isToken
  }
}

async function post(act: 'plan' | 'apply', said: unknown): Promise<unknown> {
  const response = await fetch(new URL(`api/heal/${act}`, document.baseURI), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Lastack-Token': token.peek() },
    body: JSON.stringify(said),
  })
  const answer: unknown = await response.json()
  if (response.ok) return answer
  throw new Refused(String((answer as { readonly error?: unknown }).error), response.status === 401)
}

/**
 * What would be done.
 * @throws Refused in the server's words; TypeError when there is no server
 */
export async function planHealing(wanted: Wanted): Promise<HealPlanMessage> {
  return (await post('plan', wanted)) as HealPlanMessage
}

/**
 * Does what a plan says.
 * @throws as `planHealing`
 */
export async function applyHealing({ id }: HealPlanMessage): Promise<HealReportMessage> {
  return (await post('apply', { plan: id })) as HealReportMessage
}
