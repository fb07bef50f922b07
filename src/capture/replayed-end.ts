import type { State } from '../tcp/index.ts'
import type { FlowCounts } from './flow.ts'

/** One end, as the capture shows it. */
export interface ReplayedEnd {
  readonly address: string
  readonly port: number
  /** Where it is at the end of the capture; undefined where nothing tells. */
  readonly state: State | undefined
  /** What it sent. */
  readonly counts: Readonly<FlowCounts>
}
