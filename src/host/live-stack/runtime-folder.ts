/** Where running stacks can be found: folders with a unix socket for each, named after its interface. */
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { errorCode, HostError } from '../errors.ts'

const SUFFIX = '.sock'

/** In such a folder anybody may make what has our name. */
const EVERYBODYS = '/tmp'

/**
 * The folders, in the order of preference. XDG_RUNTIME_DIR is the user's; without it /run is where such things are, which is
 * root's; who may not use that has a folder among everybody's.
 */
function folders(): readonly string[] {
  const users = process.env.XDG_RUNTIME_DIR
  const own = join(EVERYBODYS, `lastack-${process.geteuid?.() ?? 0}`)
  return [...(users === undefined || users === '' ? [] : [join(users, 'lastack')]), '/run/lastack', own]
}

/** The path of a stack's socket. */
function socketPath(folder: string, name: string): string {
  return join(folder, `${name}${SUFFIX}`)
}

/** Whether nobody else can have put something into the folder, or lead us elsewhere by it. */
function isSafe(folder: string): boolean {
  if (dirname(folder) !== EVERYBODYS) return true
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0
}

/**
 * Names of the sockets that are there, of dead stacks too.
 * @throws HostError for a folder that cannot be looked into
 */
function names(folder: string): string[] {
  try {
    if (!isSafe(folder)) return []
    return readdirSync(folder)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .sort()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return []
    if (code === 'EACCES') throw new HostError(`${folder}: EACCES: stacks that another user runs: ask as that user`)
    throw new HostError(`${folder}: ${code}`)
  }
}

/** What tells a socket from another that has taken its name; undefined: there is none. */
function identity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.ino} ${found.ctimeMs}`
}

/** Connects to a stack's socket; undefined when nobody listens there. */
async function dial(folder: string, name: string): Promise<Socket | undefined> {
  // Every listing of sockets loads this file, and few ask a stack.
  const { connect } = await import('node:net')
  const path = socketPath(folder, name)
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error) => {
      const code = errorCode(error)
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined)
      else reject(new HostError(`stack ${name}: ${path}: ${code}`))
    })
  })
}

/** Makes a folder that only we use, unless it is there. @throws HostError when it cannot be used, or is not ours */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new HostError(`${folder}: cannot be made or used: ${errorCode(error)}`)
  }
  if (!isSafe(folder)) {
    throw new HostError(
      `${folder}: expected a folder that is yours and closed to others: remove it, or set XDG_RUNTIME_DIR`,
    )
  }
}

/** The first folder that can be used. @throws HostError when there is none */
function ownFolder(): string {
  let refusal: unknown
  for (const folder of folders()) {
    try {
      makeFolder(folder)
      return folder
    } catch (error) {
      refusal = error
    }
  }
  throw refusal
}

/**
 * Makes the folder, removes the sockets of stacks that were killed, and gives the path for a new one.
 * @throws HostError (a rejection) when a stack of that name runs, in another network namespace perhaps
 */
export async function claimSocketPath(name: string): Promise<string> {
  const folder = ownFolder()
  for (const other of names(folder)) {
    const path = socketPath(folder, other)
    const before = identity(path)
    const socket = await dial(folder, other)
    socket?.destroy()
    if (socket === undefined) {
      // Another that has begun meanwhile may have put its own in the place of the dead one.
      if (identity(path) === before) rmSync(path, { force: true })
    } else if (other === name) throw runsAlready(name)
  }
  return socketPath(folder, name)
}

/** What to say of a name that another stack has. */
export function runsAlready(name: string): HostError {
  return new HostError(`stack ${name}: it runs already: choose another name (--tun)`)
}

/** Removes a stack's socket, and the folder with the last one: others may have no use for a folder of ours. */
export function releaseSocketPath(path: string): void {
  rmSync(path, { force: true })
  try {
    rmdirSync(dirname(path))
  } catch {
    // Other stacks run.
  }
}

interface Found {
  readonly name: string
  readonly socket: Socket
}

/** Every stack that runs, as far as it can be seen. */
async function dialAll(): Promise<{ readonly alive: readonly Found[]; readonly refusal: HostError | undefined }> {
  const alive: Found[] = []
  let refusal: HostError | undefined
  for (const folder of folders()) {
    try {
      for (const name of names(folder)) {
        const socket = await dial(folder, name)
        if (socket !== undefined) alive.push({ name, socket })
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      refusal ??= error
    }
  }
  return { alive, refusal }
}

/** The names of the stacks that run, in other network namespaces too. */
export async function runningNames(): Promise<ReadonlySet<string>> {
  const { alive } = await dialAll()
  for (const { socket } of alive) socket.destroy()
  return new Set(alive.map(({ name }) => name))
}

/**
 * Connects to a running stack.
 * @param name undefined: the one that runs
 * @throws HostError (a rejection) when there is none of that name, or more than one to choose from
 */
export async function dialStack(name: string | undefined): Promise<Found> {
  const { alive, refusal } = await dialAll()
  const wanted = name === undefined && alive.length === 1 ? alive[0] : alive.find((one) => one.name === name)
  for (const { socket } of alive) if (socket !== wanted?.socket) socket.destroy()
  if (wanted !== undefined) return wanted
  const running = alive.map((one) => one.name).join(', ')
  if (alive.length === 0) {
    // Those that cannot be seen may be what is looked for.
    if (refusal !== undefined) throw refusal
    throw new HostError(`no stack is running${name === undefined ? '' : ` as '${name}'`}: \`lastack up\` starts one`)
  }
  if (name === undefined) throw new HostError(`more than one stack is running: --stack one of ${running}`)
  throw new HostError(`no stack '${name}' is running: expected ${running}`)
}
