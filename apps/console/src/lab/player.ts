import type { LabOptions, LabRun, Playable, ScenarioInfo } from 'lastack/sim'
import type { RunChoice, TimedAct } from './protocol.ts'

/**
 * Reads `name=value name=value`; a value with blanks stands between quotes.
 *
 * @throws Error with one line that names the word that is none.
 */
function sysctls(text: string): Record<string, string> {
  const words = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
  return Object.fromEntries(
    words.map((word): [string, string] => {
      const at = word.indexOf('=')
      if (at <= 0) throw new Error(`'${word}' sets no sysctl: expected name=value, such as net.ipv4.tcp_fin_timeout=5`)
      return [word.slice(0, at), word.slice(at + 1).replaceAll('"', '')]
    }),
  )
}

/** The options that a choice stands for. */
export function runOptions(choice: RunChoice, { mutation }: ScenarioInfo): LabOptions {
  return {
    seed: choice.seed,
    personality: choice.personality === '' ? undefined : choice.personality,
    case: choice.case === '' ? undefined : choice.case,
    set: sysctls(choice.set),
    mutation: choice.broken ? mutation?.id : undefined,
    times: choice.times === 1 ? undefined : choice.times,
  }
}

/** What is to be played, and how. */
export interface Chosen {
  readonly playable: Playable
  readonly choice: RunChoice
}

/** A run with what the user does to it, each at its time. Equal choices and acts give equal events. */
export class Player {
  readonly run: LabRun
  /** Events of the run and acts that have been played. */
  played = 0
  /** Events of the run alone. */
  tick = 0
  /** Why acts could not be done: the run goes on without them. */
  readonly troubles: string[] = []
  /** What was done, and after how many events of the run it truly was. */
  readonly done: { readonly tick: number; readonly words: string }[] = []
  private readonly pending: TimedAct[]

  constructor({ playable, choice }: Chosen, acts: readonly TimedAct[], options: Pick<LabOptions, 'keepPackets'> = {}) {
    this.run = playable.start({ ...runOptions(choice, playable.info), ...options })
    this.pending = [...acts].sort((a, b) => a.time - b.time || a.tick - b.tick)
  }

  get over(): boolean {
    return this.run.done
  }

  /** Plays one event, or does what is due before it. Answers whether it was an act. */
  next(): boolean {
    this.played += 1
    const act = this.pending[0]
    if (act !== undefined && this.isDue(act)) {
      this.pending.shift()
      this.do(act)
      return true
    }
    this.run.next()
    this.tick += 1
    return false
  }

  /** At the moment it was done; in a run that goes otherwise by now, before anything later happens. */
  private isDue({ tick, time }: TimedAct): boolean {
    return (this.tick >= tick && this.run.now >= time) || this.run.nextTime > time
  }

  private do({ words }: TimedAct): void {
    try {
      this.run.act(words)
      this.done.push({ tick: this.tick, words })
    } catch (error) {
      this.troubles.push(error instanceof Error ? error.message : String(error))
    }
  }
}
