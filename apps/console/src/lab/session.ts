import { type LabOptions, type LabRun, listScenarios, startScenario } from 'lastack/sim'
import type { HostFrame, LabFrame, RunChoice } from './protocol.ts'

interface Drop {
  /** Steps that had been played when it was asked for. */
  readonly at: number
  readonly from: string
}

/**
 * Reads `name=value name=value`.
 *
 * @throws Error with one line that names the word that is none.
 */
function sysctls(text: string): Record<string, string> {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return Object.fromEntries(
    words.map((word): [string, string] => {
      const at = word.indexOf('=')
      if (at <= 0) throw new Error(`'${word}' sets no sysctl: expected name=value, such as net.ipv4.tcp_fin_timeout=5`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

/** The options that a choice stands for. */
export function runOptions(choice: RunChoice): LabOptions {
  return {
    seed: choice.seed,
    personality: choice.personality === '' ? undefined : choice.personality,
    case: choice.case === '' ? undefined : choice.case,
    set: sysctls(choice.set),
    mutation: choice.broken ? listScenarios().find(({ id }) => id === choice.id)?.mutation?.id : undefined,
  }
}

/**
 * One run and how the user came to where it stands. A run cannot go back, but it can be played again: equal options and
 * equal interventions at equal steps give equal events.
 */
export class LabSession {
  private readonly choice: RunChoice
  private run: LabRun
  private played = 0
  private drops: Drop[] = []
  private reported = 0

  constructor(choice: RunChoice) {
    this.choice = choice
    this.run = startScenario(choice.id, runOptions(choice))
  }

  /** Plays on until there is something new to see, or the run is over. */
  step(): void {
    if (this.run.done) return
    const events = this.run.eventCount
    const lines = this.run.steps().length
    this.played += 1
    while (this.run.next()) {
      if (this.run.eventCount !== events || this.run.steps(lines).length > 0) return
    }
  }

  /** Plays to the end, step by step, so that one can go back from there too. */
  finish(): void {
    while (!this.run.done) this.step()
  }

  /** Loses the next packet that leaves that host; empty: any. */
  drop(from: string): void {
    this.drops.push({ at: this.played, from })
    this.run.dropNext(from === '' ? undefined : from)
  }

  /** Takes back the last step, and what was asked for after it. */
  back(): void {
    const target = Math.max(0, this.played - 1)
    const drops = this.drops.filter(({ at }) => at < this.played)
    this.run = startScenario(this.choice.id, runOptions(this.choice))
    this.played = 0
    this.drops = []
    this.reported = 0
    while (this.played < target && !this.run.done) {
      for (const { at, from } of drops) if (at === this.played) this.drop(from)
      this.step()
    }
    for (const { at, from } of drops) if (at === this.played) this.drop(from)
  }

  /** Everything the page shows, with the events it has not been given yet. */
  frame(): LabFrame {
    const { run } = this
    const eventsFrom = this.reported
    const events = run.events(eventsFrom)
    this.reported += events.length
    const hosts = run.hosts.map((host): HostFrame => {
      if (host.kind === 'box') return { host, connections: [], rows: [] }
      return { host, connections: run.connections(host.name), rows: run.rows(host.name) }
    })
    return {
      info: run.info,
      case: run.case,
      seed: run.seed,
      personality: run.personality,
      broken: this.choice.broken,
      now: run.now,
      done: run.done,
      verdict: run.verdict,
      because: run.because,
      played: this.played,
      hosts,
      eventsFrom,
      events,
      story: run.steps(),
    }
  }
}
