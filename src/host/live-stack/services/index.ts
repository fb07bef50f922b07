import { statSync } from 'node:fs'
import { HostError } from '../../errors.ts'
import type { StackSocket, StackSockets } from '../sockets.ts'
import { chargen } from './chargen.ts'
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
}

const EXPECTED = 'expected echo, discard, chargen, iperf3 or http:DIR'

/**
 * The service that `echo`, `discard`, `chargen`, `iperf3` or `http:DIR` names.
 * @throws HostError with one line for any other word, and for a directory that is none
 */
export function serviceNamed(text: string): Service {
  const [name = '', ...rest] = text.split(':')
  const what = rest.join(':')
  if (name === 'http') return httpService(what)
  if (rest.length === 0) {
    switch (name) {
      case 'echo':
        return { name, port: 7, what, connected: echo }
      case 'discard':
        return { name, port: 9, what, connected: (socket) => discard(socket) }
      case 'chargen':
        return { name, port: 19, what, connected: chargen }
      case 'iperf3': {
        const server = new Iperf3Server()
        return { name, port: 5201, what, connected: (socket) => server.connected(socket) }
      }
    }
  }
  throw new HostError(`service '${text}': ${EXPECTED}`)
}

function httpService(directory: string): Service {
  if (directory === '') throw new HostError("service 'http': expected http:DIR, with the directory to serve")
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new HostError(`service 'http:${directory}': there is no such directory`)
  }
  const files = new HttpFiles(directory)
  return { name: 'http', port: 80, what: directory, connected: (socket) => files.connected(socket) }
}

/** Has every service listen on its port. @throws HostError when two want the same */
export function startServices(sockets: StackSockets, services: readonly Service[]): void {
  for (const { name, port, connected } of services) sockets.listen(name, port, connected)
}
