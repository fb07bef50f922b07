import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { BOUNDED } from './until.ts'

/** Those that live. One listener ends them all, however many a test makes. */
const LIVING = new Set<{ delete(): void }>()
process.once('exit', () => {
  for (const namespace of LIVING) namespace.delete()
})

/**
 * A network namespace of its own for a test: `lo` is up, and 10.77.0.2 and fd77::2 are routed to a device on which nobody
 * answers. Remove it, in `afterAll`; should the test process end before, it is removed then.
 */
export class NetworkNamespace {
  readonly name: string
  readonly #children: ChildProcessWithoutNullStreams[] = []

  constructor(purpose: string) {
    removeOrphans()
    this.name = `lastack-${purpose}-${process.pid}`
    execFileSync('ip', ['netns', 'add', this.name], BOUNDED)
    LIVING.add(this)
    try {
      for (const line of SET_UP) this.run('ip', line.split(' '))
    } catch (error) {
      this.delete()
      throw error
    }
  }

  /** Run a program inside, wait for it, and give what it wrote. */
  run(command: string, args: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, command, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...BOUNDED,
    })
  }

  /** Start a program inside; it is killed with the namespace. */
  start(command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn('ip', ['netns', 'exec', this.name, command, ...args])
    this.#children.push(child)
    return child
  }

  /** End what was started and delete the namespace. */
  async remove(): Promise<void> {
    await Promise.all(this.#children.map(ended))
    this.delete()
  }

  /** At once, and whatever was started in it is killed. */
  delete(): void {
    LIVING.delete(this)
    for (const child of this.#children) child.kill('SIGKILL')
    execFileSync('ip', ['netns', 'delete', this.name], BOUNDED)
  }
}

/** Namespaces of tests and benchmarks that were killed, with all that is in them. */
function removeOrphans(): void {
  for (const line of execFileSync('ip', ['netns', 'list'], { ...BOUNDED, encoding: 'utf8' }).split('\n')) {
    const [, name, pid] = /^(lastack-[\w-]+-(\d+))(?: |$)/.exec(line) ?? []
    // Another test may be about to remove the same one.
    if (name !== undefined && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'delete', name], BOUNDED)
  }
}

const SET_UP: readonly string[] = [
  'link set lo up',
  'link add hole0 type veth peer hole1',
  'link set hole0 up',
  'link set hole1 up',
  'address add 10.77.0.1/24 dev hole0',
  'address add fd77::1/64 dev hole0 nodad',
  'neighbour add 10.77.0.2 lladdr 02:00:00:00:00:02 dev hole0 nud permanent',
  'neighbour add fd77::2 lladdr 02:00:00:00:00:02 dev hole0 nud permanent',
]

/** Programs started here end when their standard input does; one that does not is killed. */
function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), 5000)
    child.once('close', () => {
      clearTimeout(impatience)
      resolve()
    })
    child.stdin.end()
  })
}

/** The first line that a program writes. */
export function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let [text, complaint] = ['', '']
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      complaint += more
    })
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.once('close', (code) => reject(new Error(`ended with ${code} before its first line: ${complaint}`)))
  })
}
