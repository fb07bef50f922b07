import type { TraceSink } from '../tcp/index.ts'
import type { HostTrace } from '../trace/index.ts'

/** Where a host says what happens: the machine's events, and the calls that programs make. `trace`'s recorder gives one. */
export type HostTraceSink = TraceSink & Pick<HostTrace, 'call'>
