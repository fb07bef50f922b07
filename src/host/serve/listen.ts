/** How servers of this room begin and end. */
import type { Server } from 'node:http'
import { isIPv6 } from 'node:net'
import { errorCode, HostError, reasonOf } from '../errors.ts'

/** The host part of a URL: a wildcard address is no place to go to, the loopback behind it is. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIPv6(host) ? `[${host}]` : host
}

/**
 * Listens, and answers the port: the one given, or the one that was free where that is 0.
 * @throws HostError (a rejection) with one line: the port is taken or not allowed, the address is not this machine's
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new HostError(listenFailure(errorCode(error), reasonOf(error), port, host)))
    }
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function listenFailure(code: string | undefined, reason: string, port: number, host: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use: end the program that has it, or choose another port`
    case 'EACCES':
      return `port ${port} of ${host} is not allowed to this user: choose one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: expected one such as 127.0.0.1, ::1 or 0.0.0.0`
    default:
      return `${host} port ${port}: ${reason}`
  }
}

/** Ends a server at once, whatever is still being answered. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
