import { describe, expect, it } from 'vitest'
import { withLadder } from '../support/ladder.ts'
import { tell } from './anything/story.ts'

/** Stories of each kind; more by hand: `FIRST_STORY=1000 STORIES=5000 npx vitest run --project sim test/sim/anything.test.ts --testTimeout 3600000`. */
const STORIES = countOf(process.env['STORIES'] ?? '120')

function countOf(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new RangeError(
      `the count of stories, or the first one, is ${JSON.stringify(text)}: expected a number from 1 on`,
    )
  return Number(text)
}

/** The seed of the first story. */
const FIRST = countOf(process.env['FIRST_STORY'] ?? '1')

/** The first story in which something goes wrong, with all that is needed to see it again; empty: there is none. */
function whatBreaks(forged: boolean): string {
  for (let seed = FIRST; seed < FIRST + STORIES; seed++) {
    try {
      const { world, setting, found } = tell(seed, forged)
      withLadder(
        () => ({ seed, stations: world.stations, events: world.recorder.toArray() }),
        () => {
          if (found.length > 0) throw new Error([...setting, ...found].join('\n'))
        },
      )
    } catch (error) {
      return `story ${seed}: ${error instanceof Error ? error.stack : String(error)}`
    }
  }
  return ''
}

describe('programs that call whatever they like, on a network that does whatever it likes', () => {
  it('read what was written, and leave nothing behind', () => {
    expect(whatBreaks(false)).toBe('')
  })

  it('break nothing, even where strangers forge segments and every sysctl may be turned', () => {
    expect(whatBreaks(true)).toBe('')
  })
})
