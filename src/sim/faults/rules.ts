import type { Micros } from '../../base/index.ts'
import type { FaultEvent } from '../../trace/index.ts'
import { parsePacketRule } from './language.ts'
import type { PacketInfo } from './packet-info.ts'

/** What becomes of a packet. */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop' }
  /** It comes later by `delayUs`, and `copies` times in all, each copy `spacingUs` after the one before. */
  | { readonly kind: 'deliver'; readonly delayUs: Micros; readonly copies: number; readonly spacingUs: Micros }
  /** One bit of it, drawn by lot, arrives turned over. */
  | { readonly kind: 'corrupt' }

/** Which packets a rule is about: a name in the language of `parsePacketRule`, or a predicate. */
export type PacketChoice = string | ((packet: PacketInfo) => boolean)

/** One rule in force. */
export interface FaultRule {
  readonly name: string
  /** How many packets it has decided about. */
  readonly hits: number
  /** Takes it out of force. */
  remove(): void
}

class Rule implements FaultRule {
  readonly name: string
  readonly verdict: Verdict
  hits = 0
  private seen = 0
  private readonly fits: (packet: PacketInfo) => boolean
  private readonly nth: number
  private readonly removed: (rule: Rule) => void

  constructor(
    name: string,
    fits: (packet: PacketInfo) => boolean,
    nth: number,
    verdict: Verdict,
    removed: (rule: Rule) => void,
  ) {
    this.name = name
    this.fits = fits
    this.nth = nth
    this.verdict = verdict
    this.removed = removed
  }

  /** Counts the packet; true if it is the one, or one of those, that the rule means. */
  meets(packet: PacketInfo): boolean {
    if (!this.fits(packet)) return false
    this.seen++
    return this.nth === 0 || this.seen === this.nth
  }

  remove(): void {
    this.removed(this)
  }
}

/**
 * The fault rules of a world. Every packet that leaves its maker is shown to every rule, so that each counts for itself; the
 * first that means this packet decides.
 */
export class FaultRules {
  private rules: Rule[] = []
  private readonly hosts: () => readonly string[]

  /** @param hosts the names that may stand in a rule, asked for when one is added. */
  constructor(hosts: () => readonly string[]) {
    this.hosts = hosts
  }

  /**
   * Puts a rule in force.
   *
   * @param name how the trace calls a predicate's rule; a rule in words is called by its words.
   * @throws {PacketRuleError} when the words make no rule.
   */
  add(packets: PacketChoice, verdict: Verdict, name = 'predicate'): FaultRule {
    const removed = (rule: Rule): void => {
      this.rules = this.rules.filter((other) => other !== rule)
    }
    let rule: Rule
    if (typeof packets === 'string') {
      const selector = parsePacketRule(packets, this.hosts())
      rule = new Rule(`rule "${packets}"`, (packet) => selector.fits(packet), selector.nth, verdict, removed)
    } else {
      rule = new Rule(name, packets, 0, verdict, removed)
    }
    this.rules.push(rule)
    return rule
  }

  /** What the rules say, and which of them; null: nothing. */
  judge(packet: PacketInfo): { readonly verdict: Verdict; readonly rule: string } | null {
    let decided: Rule | null = null
    for (const rule of this.rules) if (rule.meets(packet) && decided === null) decided = rule
    if (decided === null) return null
    decided.hits++
    return { verdict: decided.verdict, rule: decided.name }
  }
}

/** The word of a verdict in the trace; null: nothing to tell. */
export function verdictWord(verdict: Verdict): FaultEvent['verdict'] | null {
  switch (verdict.kind) {
    case 'pass':
      return null
    case 'drop':
    case 'corrupt':
      return verdict.kind
    case 'deliver':
      return verdict.copies > 1 ? 'duplicate' : 'delay'
  }
}
