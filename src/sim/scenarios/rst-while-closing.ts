import { CLOSING_STATES, resetIn } from '../lab/resets.ts'
import type { Scenario } from '../lab/story.ts'

/** A RST in each state of the close. */
export const rstWhileClosing: Scenario = {
  id: 'rst-while-closing',
  title: 'A RST in each state of the close',
  summary:
    'The client is led into each closing state in turn, and the server then resets the connection (SO_LINGER {1, 0}). An acceptable RST takes every one of them to CLOSED at once: no TIME-WAIT, no 2·MSL.',
  cases: CLOSING_STATES.map((state) => ({
    id: state.toLowerCase(),
    title: `a RST arrives in ${state}`,
    story: resetIn(state),
  })),
}
