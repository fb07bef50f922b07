import { parseNetstat, parseSs, printNetstat, printSs, type RowState, type SocketRow } from '../../inspect/index.ts'
import { State, type StateName, stateName, TRANSITIONS, type Transition } from '../../tcp/index.ts'
import { columns } from '../text.ts'
import { paragraphs } from './paragraphs.ts'
import { STATES } from './states.ts'
import type { Topic } from './topic.ts'

/** The eleven states. Their arrows are the machine's own table, their spellings what the printers print. */
export function stateTopics(): Topic[] {
  return Object.values(State).map((state) => {
    const name = stateName(state)
    const { ss, netstat } = spellings(name)
    return {
      kind: `a state: ${ss} in ss, ${netstat} in netstat`,
      name,
      aliases: [ss, netstat, netstat.replaceAll('_', ''), ...(OTHER_SPELLINGS[name] ?? [])],
      body: async (width) => `${paragraphs(STATES[name], width)}\n\n${arrows(state)}`,
    }
  })
}

/** Spellings of other systems' netstat. */
const OTHER_SPELLINGS: Readonly<Partial<Record<StateName, readonly string[]>>> = {
  'SYN-RECEIVED': ['SYN_RCVD', 'SYN_RECEIVED'],
  'FIN-WAIT-1': ['FIN_WAIT_1'],
  'FIN-WAIT-2': ['FIN_WAIT_2'],
  LISTEN: ['LISTENING'],
}

/** How ss and netstat print a state: asked of them, with a row that is in it. */
function spellings(name: StateName): { ss: string; netstat: string } {
  const row: SocketRow = {
    source: 'stack',
    netid: 'tcp',
    family: 4,
    state: name satisfies RowState,
    local: { address: '0.0.0.0', port: 1 },
    peer: { address: '0.0.0.0', port: 1 },
    recvQueue: 0,
    sendQueue: 0,
  }
  const [ss = ''] = printSs(parseSs(['-tanH']), [row])
    .trim()
    .split(/\s+/)
  const netstat =
    printNetstat(parseNetstat(['-tan']), [row])
      .trim()
      .split(/\s+/)
      .at(-1) ?? ''
  return { ss, netstat }
}

function arrows(state: State): string {
  const into = TRANSITIONS.filter(({ to }) => to === state)
  const outOf = TRANSITIONS.filter(({ from }) => from === state)
  const rows = (label: string, which: readonly Transition[], other: (one: Transition) => State): string[][] =>
    which.map((one, i) => [i === 0 ? label : '', stateName(other(one)), one.event, one.action])
  return columns([...rows('from', into, (one) => one.from), ...rows('to', outOf, (one) => one.to)], '  ')
}
