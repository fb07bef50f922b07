/** What a Node program is asked about its sockets, in its own words. */
import { fileURLToPath } from 'node:url'
import { HostError } from '../errors.ts'
import { type Place, SourceMaps } from './source-map.ts'
import { type InspectedThread, workersOf } from './worker-sessions.ts'

/** A socket as the program sees it. */
export interface NodeSocket {
  readonly fd: number
  /** `Socket`, `TLSSocket`. */
  readonly type: string
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  /** Made with allowHalfOpen: after the peer's end it has to be ended by the program. */
  readonly allowHalfOpen: boolean
  /** The program has seen end of file. */
  readonly readableEnded: boolean
  /** The program has called end(). */
  readonly writableEnded: boolean
  /** It does not read: paused, or never told to. */
  readonly paused: boolean
  /** A TLS server reads it by another socket, whose flags and listeners Node keeps no way to. */
  readonly underTls: boolean
}

/** A function of the program that listens to one of the sockets, or to what made it. */
export interface CodePlace extends Place {
  /** Where it listens: to the socket itself, to the request on it, or to the server that accepted it. */
  readonly on: 'socket' | 'request' | 'server'
  readonly event: string
  readonly name: string
  /** Where that was written, if it is compiled code whose source map tells. */
  readonly original?: Place | undefined
  /** Descriptors of the sockets concerned, ascending. */
  readonly fds: readonly number[]
}

/** The program's answer. */
export interface NodeAnswer {
  readonly sockets: readonly NodeSocket[]
  /** Functions of the program's own, none of Node's; those nearest to the socket first. */
  readonly places: readonly CodePlace[]
}

interface RemoteObject {
  readonly objectId?: string
  readonly value?: unknown
}

interface Properties {
  readonly result: readonly { readonly name: string; readonly value?: RemoteObject }[]
  readonly internalProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[]
}

interface Evaluated {
  readonly result: RemoteObject
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } }
}

/**
 * Runs in the program. It only looks, at what Node keeps for diagnosis; functions are told once, however many sockets have them.
 */
const COLLECT = `(function (fds) {
  const wanted = new Set(fds), sockets = [], found = new Map()
  for (const socket of process._getActiveHandles()) {
    const fd = socket && socket._handle && socket._handle.fd
    if (!wanted.has(fd)) continue
    sockets.push({
      fd, type: socket.constructor && socket.constructor.name || 'Socket',
      localPort: socket.localPort, remoteAddress: socket.remoteAddress, remotePort: socket.remotePort,
      allowHalfOpen: socket.allowHalfOpen === true, readableEnded: socket.readableEnded === true,
      writableEnded: socket.writableEnded === true, paused: socket.readableFlowing !== true,
      underTls: typeof (socket.server && socket.server.setSecureContext) === 'function' && socket.encrypted !== true,
    })
    const emitters = { socket, request: socket._httpMessage, server: socket.server || socket._server }
    for (const on of Object.keys(emitters)) {
      const events = emitters[on] && emitters[on]._events
      for (const event of events ? Object.keys(events) : []) {
        for (const listener of [].concat(events[event])) {
          if (typeof listener !== 'function') continue
          const own = listener.listener || listener
          if (!found.has(own)) found.set(own, { on, event, name: own.name, fds: [] })
          const entry = found.get(own)
          if (!entry.fds.includes(fd)) entry.fds.push(fd)
        }
      }
    }
  }
  return { text: JSON.stringify({ sockets, listeners: [...found.values()] }), functions: [...found.keys()] }
})`

/**
 * Ask about some descriptors: the program's first thread, and its worker threads about those that it does not have. The program goes on in
 * between; it is not paused.
 * @param root what the program has for `/`
 * @throws HostError (a rejection) when the program does not answer
 */
export async function askSockets(main: InspectedThread, fds: readonly number[], root: string): Promise<NodeAnswer> {
  const maps = new SourceMaps(root)
  const answers = [await askThread(main, fds, maps)]
  const missing = (): number[] => {
    const known = new Set(answers.flatMap(({ sockets }) => sockets.map(({ fd }) => fd)))
    return fds.filter((fd) => !known.has(fd))
  }
  if (missing().length > 0) {
    for (const worker of await workersOf(main)) {
      const left = missing()
      if (left.length > 0) answers.push(await askThread(worker, left, maps))
    }
  }
  return {
    sockets: answers.flatMap(({ sockets }) => sockets).sort((a, b) => a.fd - b.fd),
    places: merged(answers.flatMap(({ places }) => places)),
  }
}

/** What the debugger says of a script. */
interface Script {
  readonly url: string
  /** The address of its source map; empty or left out for none. */
  readonly sourceMapURL?: string | undefined
}

async function askThread(session: InspectedThread, fds: readonly number[], maps: SourceMaps): Promise<NodeAnswer> {
  const scripts = new Map<string, Script>()
  session.on('Debugger.scriptParsed', (params) => {
    const { scriptId, url, sourceMapURL } = params as Script & { readonly scriptId: string }
    scripts.set(scriptId, { url, sourceMapURL })
  })
  // Only the debugger tells the files of scripts. It must not stop the program at a \`debugger\` statement.
  await Promise.all([session.call('Debugger.enable'), session.call('Debugger.setSkipAllPauses', { skip: true })])
  const { result, exceptionDetails } = await session.call<Evaluated>('Runtime.evaluate', {
    expression: `${COLLECT}(${JSON.stringify(fds)})`,
  })
  if (exceptionDetails !== undefined) {
    throw new HostError(
      `the program could not tell: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`,
    )
  }
  const collected = await propertiesOf(session, result)
  const text = member(collected, 'text')?.value
  const functions = await propertiesOf(session, member(collected, 'functions'))
  const { sockets, listeners } = JSON.parse(String(text)) as {
    readonly sockets: NodeSocket[]
    readonly listeners: (Pick<CodePlace, 'on' | 'event' | 'name'> & { readonly fds: number[] })[]
  }
  const places: CodePlace[] = []
  for (const [i, listener] of listeners.entries()) {
    const place = await placeOf(session, member(functions, String(i)), scripts, maps)
    if (place !== undefined) places.push({ ...listener, ...place })
  }
  await session.call('Debugger.disable')
  return { sockets, places }
}

async function propertiesOf(session: InspectedThread, object: RemoteObject | undefined): Promise<Properties> {
  if (object?.objectId === undefined) throw new HostError('the program answered something else than was asked')
  return session.call<Properties>('Runtime.getProperties', { objectId: object.objectId, ownProperties: true })
}

function member({ result }: Properties, name: string): RemoteObject | undefined {
  return result.find((property) => property.name === name)?.value
}

/** Where a function stands in the program's own code; undefined for one of Node's. */
async function placeOf(
  session: InspectedThread,
  object: RemoteObject | undefined,
  scripts: ReadonlyMap<string, Script>,
  maps: SourceMaps,
): Promise<Pick<CodePlace, 'file' | 'line' | 'column' | 'original'> | undefined> {
  const { internalProperties = [] } = await propertiesOf(session, object)
  const internal = (name: string): RemoteObject | undefined =>
    internalProperties.find((property) => property.name === name)?.value
  // What bind() makes has no place of its own.
  const target = internal('[[TargetFunction]]')
  if (target !== undefined) return placeOf(session, target, scripts, maps)
  const location = internal('[[FunctionLocation]]')?.value as
    | { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
    | undefined
  const { url = '', sourceMapURL = '' } = (location === undefined ? undefined : scripts.get(location.scriptId)) ?? {}
  if (location === undefined || url === '' || url.startsWith('node:')) return undefined
  const file = url.startsWith('file://') ? fileURLToPath(url) : url
  const place = { file, line: location.lineNumber + 1, column: location.columnNumber + 1 }
  return { ...place, original: maps.originalOf(place, sourceMapURL) }
}

/** One entry for a place, however many functions were made there: each socket has closures of its own. Nearest to the socket first. */
function merged(places: readonly CodePlace[]): CodePlace[] {
  const found = new Map<string, CodePlace>()
  for (const place of places) {
    if (place.on === 'server' && !ACCEPTING.has(place.event)) continue
    const key = [place.on, place.event, place.file, place.line, place.column].join(' ')
    const fds = [...(found.get(key)?.fds ?? []), ...place.fds]
    found.set(key, { ...place, fds: [...new Set(fds)].sort((a, b) => a - b) })
  }
  const order = ['socket', 'request', 'server']
  return [...found.values()].sort((a, b) => order.indexOf(a.on) - order.indexOf(b.on))
}

/** Events by which a server hands over what it accepted. */
const ACCEPTING: ReadonlySet<string> = new Set(['connection', 'secureConnection', 'request', 'upgrade', 'connect'])
