import { statSync } from 'node:fs'
import { HostError } from '../../errors.ts'
import type { StackSocket, StackSockets } from '../sockets.ts'
import { CHARGEN_DATAGRAM, chargen } from './chargen.ts'
import { discard } from './discard.ts'
import { echo } from './echo.ts'
import { HttpFiles } from './http-files.ts'
import { Iperf3Server } from './iperf3.ts'

/** A service that a stack can offer, as it is asked for by name. */
export interface Service {
  /** `echo`, `discard`, `chargen`, `iperf3`, `http`. */
  readonly name: string
  readonly port: number
  /** What it serves, where that is a choice: http's directory. */
  readonly what: string
  readonly connected: (socket: StackSocket) => void
  /** Of one that is there over UDP too: what it answers a datagram with, if anything. */
  readonly answered?: (datagram: Uint8Array) => Uint8Array | undefined
}

const EXPECTED = 'expected echo, discard, chargen, iperf3 or http:DIR; with a port, echo:7007 or http:8080:DIR'
const PORT_MAX = 65_535
const PORTS = { echo: 7, discard: 9, chargen: 19, iperf3: 5201, http: 80 } as const

/**
 * The services that such words name: `echo`, `discard`, `chargen`, `iperf3`, each with a port of its own if that is to be (`echo:7007`),
 * `http:DIR` or `http:8080:DIR`.
 * @throws HostError with one line for any other word, for a directory that is none, and for a port that is named twice
 */
export function servicesNamed(texts: readonly string[]): readonly Service[] {
  const services = texts.map(serviceNamed)
  for (const [i, { port }] of services.entries()) {
    const first = services.findIndex((one) => one.port === port)
    if (first < i) throw new HostError(`service '${texts[i]}': port ${port} is that of '${texts[first]}'`)
  }
  return services
}

function serviceNamed(text: string): Service {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const rest = colon < 0 ? undefined : text.slice(colon + 1)
  switch (name) {
    case 'echo':
      return { name, port: portOf(text, name, rest), what: '', connected: echo, answered: (datagram) => datagram }
    case 'discard':
      return {
        ...{ name, port: portOf(text, name, rest), what: '' },
        ...{ connected: (socket) => discard(socket), answered: () => undefined },
      }
    case 'chargen':
      return { name, port: portOf(text, name, rest), what: '', connected: chargen, answered: () => CHARGEN_DATAGRAM }
    case 'iperf3': {
      const server = new Iperf3Server()
      return { name, port: portOf(text, name, rest), what: '', connected: (socket) => server.connected(socket) }
    }
    case 'http':
      return httpService(text, rest ?? '')
    default:
      throw new HostError(`service '${text}': ${EXPECTED}`)
  }
}

function portOf(text: string, name: keyof typeof PORTS, word: string | undefined): number {
  if (word === undefined) return PORTS[name]
  const port = /^\d{1,5}$/.test(word) ? Number(word) : 0
  if (port >= 1 && port <= PORT_MAX) return port
  throw new HostError(`service '${text}': expected a port from 1 to ${PORT_MAX}, such as ${name}:7007`)
}

function httpService(text: string, rest: string): Service {
  const [, word, behind] = /^(\d+):(.+)$/s.exec(rest) ?? []
  const directory = behind ?? rest
  if (directory === '') throw new HostError(`service '${text}': expected http:DIR, with the directory to serve`)
  const port = portOf(text, 'http', word)
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const hint = /^\d+$/.test(rest) ? `; at a port: http:${rest}:DIR` : ''
    throw new HostError(`service '${text}': there is no such directory${hint}`)
  }
  const files = new HttpFiles(directory)
  return { name: 'http', port, what: directory, connected: (socket) => files.connected(socket) }
}

/** Has every service listen on its port. @throws HostError when a port is in use */
export function startServices(sockets: StackSockets, services: readonly Service[]): void {
  for (const { name, port, connected, answered } of services) {
    sockets.listen(name, port, connected)
    if (answered !== undefined) sockets.answer(name, port, answered)
  }
}
