/**
 * `ss -D -` writes the netlink messages of its TCP dump to standard output as they come: the same bytes as ours, with a
 * process and a pipe between. It serves where the native binding does not load.
 */
import { HostError, reasonOf } from '../errors.ts'
import { type InetDiagContext, parseInetDiag } from '../netlink/inet-diag.ts'
import { errnoName } from '../netlink/libc.ts'
import { type DumpProgress, scanMessages } from '../netlink/message.ts'
import type { MutableRow } from '../snapshot.ts'

/** ss's names for Linux's states 1 to 11, as `ss state NAME` takes them. It has none for BOUND_INACTIVE in 6.1. */
const STATE_NAMES: readonly string[] = [
  '',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'unconnected',
  'close-wait',
  'last-ack',
  'listening',
  'closing',
]

/** What to ask of ss. */
export interface SsRequest {
  /** `ss`, or the path of one. */
  readonly command: string
  readonly families: readonly (4 | 6)[]
  readonly states: number
  readonly tcpInfo: boolean
  readonly memory: boolean
}

/** The arguments that make ss dump what is asked for; undefined when it has no name for any of the states. */
export function ssArguments(request: SsRequest): string[] | undefined {
  const named = STATE_NAMES.filter((name, state) => name !== '' && (request.states & (1 << state)) !== 0)
  if (named.length === 0) return undefined
  const options = `-tan${request.tcpInfo ? 'i' : ''}${request.memory ? 'm' : ''}`
  const [family] = request.families
  const only = request.families.length === 1 ? [`-${family}`] : []
  return [options, ...only, '-D', '-', ...named.flatMap((name) => ['state', name])]
}

/**
 * Run ss and append its TCP rows.
 * @throws HostError when ss is not there, fails, or writes something that is no complete dump
 */
export async function readSsDump(request: SsRequest, context: InetDiagContext, rows: MutableRow[]): Promise<void> {
  const args = ssArguments(request)
  if (args === undefined || request.families.length === 0) return
  const bytes = await run(request.command, args)
  const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
  const whole = scanMessages(bytes, progress)
  if (progress.errno !== 0) throw new HostError(`ss: the kernel refused the dump: ${errnoName(progress.errno)}`)
  if (whole !== bytes.length || progress.done < request.families.length) {
    throw new HostError(
      `ss -D: an incomplete dump of ${bytes.length} octets: ${progress.done} of ${request.families.length} families`,
    )
  }
  parseInetDiag(bytes, context, rows)
}

async function run(command: string, args: readonly string[]): Promise<Uint8Array> {
  // Loaded here: whoever reads by netlink does not need it.
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    child.on('error', (error) => reject(new HostError(`ss could not be run: ${reasonOf(error)}`)))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(chunks))
      else reject(new HostError(`ss failed (${signal ?? `exit ${code}`}): ${complaint.trim().split('\n', 1)[0]}`))
    })
  })
}
