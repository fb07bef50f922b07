import type { TimedAct } from './protocol.ts'

/**
 * What was done to a run, as an address has it: `drop 12;37@1040000 close server 1001 4`. What is done to a packet needs no time.
 */
export function actsText(acts: readonly TimedAct[]): string {
  return acts.map(({ tick, time, words }) => (tick === 0 ? words : `${tick}@${time} ${words}`)).join(';')
}

/** Reads what `actsText` wrote; what is no act is left for the run to refuse by its words. */
export function actsOf(text: string): TimedAct[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, tick, time, words] = /^(\d{1,15})@(\d{1,15}) (.+)$/.exec(part) ?? []
      if (words === undefined) return { tick: 0, time: 0, words: part }
      return { tick: Number(tick), time: Number(time), words }
    })
}
