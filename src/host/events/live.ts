/** The best source of what happens to sockets that this machine and this user have. */
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { HostError, reasonOf } from '../errors.ts'
import { monotonicMicros } from '../monotonic.ts'
import { listNamespaces } from '../namespaces/list.ts'
import { readSockets } from '../read-sockets.ts'
import { ALL_STATES, type SocketQuery } from '../snapshot.ts'
import { TcpTracer } from '../tracefs/instance.ts'
import { type DestroyListener, listenForEnds } from './destroy-listener.ts'
import type { LiveSource } from './live-event.ts'
import { PolledSource } from './polled-source.ts'
import { TracedSource } from './traced-source.ts'

/** A source to choose, or `auto`: tracefs where it serves. */
export type LiveChoice = 'auto' | LiveSource['name']

const QUERY: Omit<SocketQuery, 'states'> = {
  netids: ['tcp'],
  families: [4, 6],
  owners: false,
  tcpInfo: false,
  memory: false,
}

/**
 * Begin to follow the machine's TCP sockets. tracefs tells of every transition in every network namespace; without it the table of this
 * namespace is looked at again and again, beside the kernel's notices of ends, and `lacks` says what that cannot see.
 * @throws HostError (a rejection) when the source chosen does not serve, or none
 */
export async function openLive(
  choice: LiveChoice = 'auto',
  environment: Partial<HostEnvironment> = {},
): Promise<LiveSource> {
  const machine = { ...THIS_MACHINE, ...environment }
  const lacks: string[] = []
  if (choice !== 'netlink') {
    try {
      return traced(await TcpTracer.open(machine), machine)
    } catch (error) {
      if (!(error instanceof HostError) || choice === 'tracefs') throw error
      lacks.push(`tracefs does not serve: ${reasonOf(error).replace(/^tracefs: /, '')}.`)
    }
  }
  return polled(machine, lacks)
}

function traced(tracer: TcpTracer, machine: HostEnvironment): LiveSource {
  return new TracedSource(
    tracer,
    async (states) => {
      const namespaces = listNamespaces(machine.procRoot)
      return (await readSockets({ ...QUERY, states }, { environment: machine, namespaces })).rows
    },
    monotonicMicros,
  )
}

async function polled(machine: HostEnvironment, lacks: string[]): Promise<LiveSource> {
  const look = async () => readSockets({ ...QUERY, states: ALL_STATES }, { environment: machine })
  const { lacks: alsoLacking } = await look()
  lacks.push(
    'States are looked at again and again: what lasts no longer than the time between two looks is not seen, nor are retransmissions, resets and other network namespaces.',
    ...alsoLacking,
  )
  let ends: DestroyListener | undefined
  try {
    ends = await listenForEnds(machine)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    lacks.push(`Connections that begin and end between two looks are not seen: ${reasonOf(error)}.`)
  }
  const source = new PolledSource({ look: async () => (await look()).rows, now: monotonicMicros, ends, lacks })
  // What is there already is looked at now, so that all that happens from here on is told.
  await source.take()
  return source
}
