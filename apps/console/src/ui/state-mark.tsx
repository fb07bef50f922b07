import type { RowState } from 'lastack/inspect'
import type { VNode } from 'preact'

/**
 * One shape per state, so that colour is never the only sign: rings and discs for what opens or is open, triangles that
 * point at the side that has to move, an hourglass for TIME-WAIT, a cross for CLOSED.
 */
const SHAPES: Readonly<Record<RowState, { readonly d: string; readonly hollow?: true }>> = {
  LISTEN: { d: 'M6 1.750a4.250 4.250 0 1 1 0 8.500a4.250 4.250 0 1 1 0-8.500z', hollow: true },
  'SYN-SENT': { d: 'M6 1a5 5 0 0 1 0 10zM5 1.600a4.500 4.500 0 0 0 0 8.800z' },
  'SYN-RECEIVED': { d: 'M6 1a5 5 0 0 0 0 10z' },
  ESTABLISHED: { d: 'M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z' },
  'CLOSE-WAIT': { d: 'M11 1v10L1 6z' },
  'LAST-ACK': { d: 'M10.250 2.200v7.600L2.600 6z', hollow: true },
  'FIN-WAIT-1': { d: 'M1 1v10l10-5z' },
  'FIN-WAIT-2': { d: 'M1.750 2.200v7.600L9.400 6z', hollow: true },
  CLOSING: { d: 'M6 .700L11.300 6L6 11.300L.700 6z' },
  'TIME-WAIT': { d: 'M1.500 1h9L7 6l3.500 5h-9L5 6z' },
  CLOSED: { d: 'M2 2l8 8M10 2l-8 8', hollow: true },
  'BOUND-INACTIVE': { d: 'M2 2h8v8h-8z', hollow: true },
  UNCONN: { d: 'M1.500 6h9', hollow: true },
}

/** The mark of a state in the state's colour. It is decoration: the state's name always stands beside it. */
export function StateMark({ state }: { readonly state: RowState }): VNode {
  const shape = SHAPES[state]
  return (
    <svg class="mark" data-state={state} data-hollow={shape.hollow} viewBox="0 0 12 12" aria-hidden="true">
      <path d={shape.d} />
    </svg>
  )
}

/** Mark and name. */
export function StateName({ state }: { readonly state: RowState }): VNode {
  return (
    <span class="state-name">
      <StateMark state={state} />
      <span>{state}</span>
    </span>
  )
}
