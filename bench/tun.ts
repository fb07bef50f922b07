import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endChild, firstOutput } from './children.ts'

const LASTACK = fileURLToPath(new URL('../../bin/lastack.js', import.meta.url))
const SECONDS = 2
const LOOPBACK_PORT = 5999
const STACKS = [
  { tun: 'offload0', net: '10.91.0', options: [] },
  { tun: 'plain0', net: '10.92.0', options: ['--plain'] },
] as const

/** A row: both figures in octets a second, in the order of the runs. */
export interface TunRow {
  readonly title: string
  readonly ours: readonly number[]
  readonly iperf3: readonly number[]
}

/** Why the rows cannot be measured here; '' when they can. */
export function whyNoTun(): string {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  for (const program of ['ip', 'iperf3']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `needs ${program}`
  }
  return ''
}

/**
 * iperf3 against our stack on TUN at MTU 1500, both ways, with offloads and without; in turn with iperf3 against itself over
 * loopback. All of it in a network namespace of its own.
 */
export async function tunRows(runs: number): Promise<readonly TunRow[]> {
  const namespace = `lastack-bench-${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'lastack-bench-'))
  execFileSync('ip', ['netns', 'add', namespace])
  const inside = (...words: readonly string[]): readonly string[] => ['netns', 'exec', namespace, ...words]
  const children: ChildProcess[] = []
  try {
    execFileSync('ip', inside('ip', 'link', 'set', 'lo', 'up'))
    children.push(spawn('ip', inside('iperf3', '-s', '-p', String(LOOPBACK_PORT)), { stdio: 'ignore' }))
    for (const { tun, net, options } of STACKS) {
      const words = ['up', '--tun', tun, '--address', `${net}.2/24`, '--serve', 'iperf3', ...options]
      const child = spawn('ip', inside(process.execPath, LASTACK, ...words), {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      })
      children.push(child)
      await firstOutput(child)
    }
    const measure = (...words: readonly string[]): number =>
      rateOf(inside('iperf3', '--json', '-t', String(SECONDS), ...words))
    return STACKS.flatMap(({ net, options }) => {
      const how = options.length === 0 ? 'with offloads' : 'without'
      return [
        { title: `TUN in, MTU 1500, ${how}`, way: [] },
        { title: `TUN out, MTU 1500, ${how}`, way: ['--reverse'] },
      ].map(({ title, way }): TunRow => {
        const ours: number[] = []
        const iperf3: number[] = []
        for (let run = 0; run < runs; run++) {
          ours.push(measure('-c', `${net}.2`, ...way))
          iperf3.push(measure('-c', '127.0.0.1', '-p', String(LOOPBACK_PORT), ...way))
        }
        return { title, ours, iperf3 }
      })
    })
  } finally {
    await Promise.all(children.map((child) => endChild(child, () => child.kill('SIGTERM'))))
    execFileSync('ip', ['netns', 'delete', namespace])
    rmSync(folder, { recursive: true })
  }
}

/** Octets a second that the receiver saw. */
function rateOf(command: readonly string[]): number {
  const report = JSON.parse(execFileSync('ip', command, { encoding: 'utf8' })) as {
    readonly end: { readonly sum_received: { readonly bits_per_second: number } }
  }
  return report.end.sum_received.bits_per_second / 8
}
