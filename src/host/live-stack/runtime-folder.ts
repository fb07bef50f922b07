/** Where running stacks can be found: a folder with a unix socket for each, named after its interface. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { errorCode, HostError } from '../errors.ts'

const SUFFIX = '.sock'

/** XDG_RUNTIME_DIR is the user's; without it, as for root, /run is where such things are. */
function folder(): string {
  return join(process.env.XDG_RUNTIME_DIR ?? '/run', 'lastack')
}

/** The path of a stack's socket. */
function socketPath(name: string): string {
  return join(folder(), `${name}${SUFFIX}`)
}

/** Names of the sockets that are there, of dead stacks too. */
function names(): string[] {
  try {
    return readdirSync(folder())
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .sort()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return []
    if (code === 'EACCES') throw new HostError(`${folder()}: EACCES: stacks that another user runs: ask as that user`)
    throw new HostError(`${folder()}: ${code}`)
  }
}

/** What tells a socket from another that has taken its name; undefined: there is none. */
function identity(name: string): string | undefined {
  const found = statSync(socketPath(name), { throwIfNoEntry: false })
  return found && `${found.ino} ${found.ctimeMs}`
}

/** Connects to a stack's socket; undefined when nobody listens there. */
async function dial(name: string): Promise<Socket | undefined> {
  // Every listing of sockets loads this file, and few ask a stack.
  const { connect } = await import('node:net')
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath(name))
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error) => {
      const code = errorCode(error)
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined)
      else reject(new HostError(`stack ${name}: ${socketPath(name)}: ${code}`))
    })
  })
}

/**
 * Makes the folder, removes the sockets of stacks that were killed, and gives the path for a new one.
 * @throws HostError (a rejection) when a stack of that name runs, in another network namespace perhaps
 */
export async function claimSocketPath(name: string): Promise<string> {
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new HostError(`${folder()}: cannot be made: ${errorCode(error)}`)
  }
  for (const other of names()) {
    const before = identity(other)
    const socket = await dial(other)
    socket?.destroy()
    if (socket === undefined) {
      // Another that has begun meanwhile may have put its own in the place of the dead one.
      if (identity(other) === before) rmSync(socketPath(other), { force: true })
    } else if (other === name) throw new HostError(`stack ${name}: it runs already: choose another name (--tun)`)
  }
  return socketPath(name)
}

/**
 * Connects to a running stack.
 * @param name undefined: the one that runs
 * @throws HostError (a rejection) when there is none of that name, or more than one to choose from
 */
export async function dialStack(name: string | undefined): Promise<{ readonly name: string; readonly socket: Socket }> {
  const alive: { name: string; socket: Socket }[] = []
  for (const one of names()) {
    const socket = await dial(one)
    if (socket !== undefined) alive.push({ name: one, socket })
  }
  const wanted = name === undefined && alive.length === 1 ? alive[0] : alive.find((one) => one.name === name)
  for (const { socket } of alive) if (socket !== wanted?.socket) socket.destroy()
  if (wanted !== undefined) return wanted
  const running = alive.map((one) => one.name).join(', ')
  if (alive.length === 0) {
    throw new HostError(`no stack is running${name === undefined ? '' : ` as '${name}'`}: \`lastack up\` starts one`)
  }
  if (name === undefined) throw new HostError(`more than one stack is running: --stack one of ${running}`)
  throw new HostError(`no stack '${name}' is running: expected ${running}`)
}
