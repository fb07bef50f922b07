import { rowsFromStack, type SocketOwner, type SocketRow } from '../inspect/index.ts'
import type { Host, Process } from '../stack/index.ts'

/** Who looks at a host's socket table. */
export interface Viewer {
  /** 0, root, sees every process's descriptors; others see those of their own processes. */
  readonly uid: number
  /** The pid namespace the viewer is in, when it is not the host's: none of the host's processes is visible there. */
  readonly namespace?: string
}

/** Root, on the host itself. */
export const ROOT: Viewer = { uid: 0 }

/** What the table of a host needs beside its stack. */
export interface RowContext {
  readonly stack: Host
  /** Kernel threads: what they hold has an inode and no descriptor. */
  readonly kernel: ReadonlySet<Process>
  /** Added to connection numbers; see `Recorder.forHost`. */
  readonly connections: number
  /** See `WorldLaws.ownersHaveDescriptors`. */
  readonly ownersHaveDescriptors: boolean
}

/** The socket table of a host as a viewer sees it. */
export function socketRows(context: RowContext, viewer: Viewer): SocketRow[] {
  const { stack, connections } = context
  return rowsFromStack(stack).map((row) => {
    const numbered = row.netid === 'tcp' && row.state !== 'BOUND-INACTIVE' && connections > 0
    const cookie = numbered ? (row.cookie ?? 0n) + BigInt(connections) : row.cookie
    return { ...row, cookie, owners: visibleOwners(context, viewer, row) }
  })
}

function visibleOwners(context: RowContext, viewer: Viewer, row: SocketRow): readonly SocketOwner[] | undefined {
  const { stack, kernel } = context
  const owners = (row.owners ?? []).filter(({ pid }) => {
    const process = stack.processes.get(pid)
    return process === undefined || !kernel.has(process)
  })
  const isKernels = owners.length === 0 && (row.owners ?? []).length > 0
  if (!context.ownersHaveDescriptors && !isKernels) {
    return owners.length > 0 ? owners : [{ pid: 1, command: 'init', fd: 0 }]
  }
  if (viewer.namespace !== undefined) return undefined
  if (viewer.uid === 0) return owners
  const visible = owners.filter(({ pid }) => stack.processes.get(pid)?.uid === viewer.uid)
  return visible.length > 0 ? visible : undefined
}
