import { readFileSync } from 'node:fs'
import {
  HostError,
  type HostSnapshot,
  type RowSink,
  readSockets,
  readStackSockets,
  readSysctl,
  type SocketQuery,
} from '../host/index.ts'
import { parseServices, type Services, UsageError, WELL_KNOWN_SERVICES } from '../inspect/index.ts'
import { CliError } from './exit.ts'
import type { HostOptions } from './host-options.ts'

/**
 * Reads the sockets of this host, or of a stack that runs on it; what it cannot give becomes one line for the user.
 * @param sink takes the rows; the snapshot then has none
 */
export async function readHost(
  tool: string,
  query: SocketQuery,
  options: Pick<HostOptions, 'source' | 'stack'>,
  sink?: RowSink,
): Promise<HostSnapshot> {
  return asCliErrors(tool, HostError, async () => {
    if (options.stack === undefined) return readSockets(query, { source: options.source, sink })
    const { rows } = await readStackSockets(options.stack)
    if (sink !== undefined) for (const row of rows) sink.take(row)
    return { rows: sink === undefined ? [...rows] : [], source: 'stack', lacks: [], hiddenProcesses: 0 }
  })
}

/** Counters are the kernel's: there are none of a stack to be printed in their place. @throws {CliError} with `--stack` */
export function refuseStack(tool: string, options: HostOptions): void {
  if (options.stack !== undefined) throw new CliError(`${tool}: -s shows the kernel's counters: leave out --stack`)
}

/** Does `work`, and turns an error of that class, whose message is one line already, into one of ours. */
export async function asCliErrors<T>(
  tool: string,
  expected: abstract new (...args: never[]) => Error,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof expected) throw new CliError(`${tool}: ${error.message}`)
    throw error
  }
}

/** Has `inspect` understand the arguments of ss or netstat; a mistake is reported with its place on the whole command line. */
export function understand<T>(options: HostOptions, parse: (args: readonly string[]) => T): T {
  try {
    return parse(options.rest)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new CliError(
      error.message.replace(/\(argument (\d+)\)/, (whole, position: string) => {
        const place = options.positions[Number(position) - 1]
        return place === undefined ? whole : `(argument ${place})`
      }),
    )
  }
}

/** Names of ports as this machine has them: /etc/services where there is one, read when the first name is asked for. */
export function hostServices(): Services {
  let services: Services | undefined
  const load = (): Services => {
    services ??= readServices()
    return services
  }
  return {
    name: (port, protocol) => load().name(port, protocol),
    port: (name, protocol) => load().port(name, protocol),
  }
}

function readServices(): Services {
  try {
    return parseServices(readFileSync('/etc/services', 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return WELL_KNOWN_SERVICES
  }
}

/** The ports that the kernel hands out by itself here, or undefined where it cannot be asked. */
export function ephemeralPorts(): readonly [first: number, last: number] | undefined {
  const [first, last] = (readSysctl('net.ipv4.ip_local_port_range') ?? '').split(/\s+/).map(Number)
  return first !== undefined && last !== undefined ? [first, last] : undefined
}
