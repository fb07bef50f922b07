/** Ways to end a connection. Each is played twice: once with the subject as the client, once as the server. */
import { Ctl } from '../../../src/wire/index.ts'
import type { Scenario, Stage } from './play.ts'

const [SHUT_RD, SHUT_WR, SHUT_RDWR] = [0, 1, 2]
const [FIN, RST, ACK] = [Ctl.FIN | Ctl.ACK, Ctl.RST | Ctl.ACK, Ctl.ACK]
const IPPROTO_TCP = 6
const TCP_LINGER2 = 8
/** Longer than a retransmission timeout and a tail loss probe on this wire. */
const REPAIR_MS = 900

type Play = (stage: Stage) => Promise<void>

/** `plain close: server first`: who does the first thing. */
function of(name: string, first: 'client' | 'server', play: Play): Scenario {
  return { name: `${name}, ${first} first`, play }
}

/** A story of one who does and one who bears it, with either end in either part. */
function eitherWay(name: string, play: (one: Actor, other: Actor, stage: Stage) => Promise<void>): Scenario[] {
  return (['client', 'server'] as const).map((first) =>
    of(name, first, async (stage) => {
      await stage.open()
      const client: Actor = { role: 'client', do: (call, ...args) => stage.client(call, ...args) }
      const server: Actor = { role: 'server', do: (call, ...args) => stage.server(call, ...args) }
      const [one, other] = first === 'client' ? [client, server] : [server, client]
      await play(one, other, stage)
    }),
  )
}

interface Actor {
  readonly role: 'client' | 'server'
  readonly do: (call: string, ...args: readonly (string | number)[]) => Promise<string>
}

const ORDERLY: readonly Scenario[] = [
  ...eitherWay('plain close', async (one, other) => {
    await one.do('close')
    await other.do('recv', 100)
    await other.do('close')
  }),
  ...eitherWay('half-close, then data the other way', async (one, other) => {
    await one.do('shutdown', SHUT_WR)
    await other.do('recv', 100)
    await other.do('send', 700)
    await one.do('recv', 1000)
    await other.do('close')
    await one.do('recv', 100)
    await one.do('close')
  }),
  ...eitherWay('data and FIN together, read to the end', async (one, other) => {
    await one.do('send', 500)
    await one.do('close')
    await other.do('recv', 1000)
    await other.do('recv', 1000)
    await other.do('close')
  }),
  ...eitherWay('an answer in CLOSE-WAIT meets a closed descriptor', async (one, other) => {
    await one.do('close')
    await other.do('send', 100)
    await other.do('send', 100)
    await other.do('recv', 100)
    await other.do('close')
  }),
  ...eitherWay('the end of file again and again', async (one, other) => {
    await one.do('shutdown', SHUT_WR)
    await other.do('recv', 10)
    await other.do('recv', 10)
    await other.do('shutdown', SHUT_WR)
    await one.do('recv', 10)
    await one.do('shutdown', SHUT_WR)
    await other.do('shutdown', SHUT_RDWR)
    await one.do('send', 10)
    await other.do('send', 10)
    await one.do('close')
    await other.do('close')
  }),
  ...eitherWay('a second descriptor keeps the connection open', async (one, other, stage) => {
    await one.do('dup', stage.key('twin'))
    await one.do('close')
    await other.do('send', 10)
    await one.do('recv:twin', 100)
    await one.do('close:twin')
    await other.do('close')
  }),
  ...eitherWay('the descriptor is gone', async (one, other) => {
    await one.do('close')
    await one.do('close')
    await one.do('shutdown', SHUT_WR)
    await one.do('send', 1)
    await one.do('recv', 1)
    await one.do('error')
    await other.do('close')
  }),
]

const ABORTIVE: readonly Scenario[] = [
  ...eitherWay('close with unread data', async (one, other) => {
    await other.do('send', 100)
    await one.do('close')
    await other.do('recv', 10)
    await other.do('send', 10)
    await other.do('close')
  }),
  ...eitherWay('SO_LINGER {1, 0}', async (one, other) => {
    await one.do('linger', 1, 0)
    await one.do('close')
    await other.do('error')
    await other.do('recv', 10)
    await other.do('send', 10)
    await other.do('close')
  }),
  ...eitherWay('SO_LINGER {1, 0} from FIN-WAIT-2', async (one, other) => {
    await one.do('shutdown', SHUT_WR)
    await one.do('linger', 1, 0)
    await one.do('close')
    await other.do('recv', 10)
    await other.do('close')
  }),
  ...eitherWay('SO_LINGER {1, 0} from CLOSE-WAIT', async (one, other) => {
    await other.do('shutdown', SHUT_WR)
    await one.do('linger', 1, 0)
    await one.do('close')
    await other.do('recv', 10)
    await other.do('close')
  }),
  ...eitherWay('connect(AF_UNSPEC)', async (one, other) => {
    await one.do('disconnect')
    await one.do('send', 10)
    await other.do('recv', 10)
    await other.do('close')
    await one.do('close')
  }),
  ...eitherWay('shutdown(SHUT_RD), then data comes', async (one, other) => {
    await one.do('shutdown', SHUT_RD)
    await other.do('send', 100)
    await one.do('recv', 10)
    await one.do('recv', 1000)
    await one.do('recv', 10)
    await one.do('close')
    await other.do('close')
  }),
  ...eitherWay('shutdown(SHUT_RDWR), then data comes', async (one, other) => {
    await one.do('shutdown', SHUT_RDWR)
    await other.do('send', 100)
    await other.do('error')
    await other.do('recv', 10)
    await one.do('recv', 10)
    await one.do('close')
    await other.do('close')
  }),
  ...eitherWay('an urgent octet unread', async (one, other) => {
    await other.do('send_urgent')
    await one.do('close')
    await other.do('recv', 10)
    await other.do('close')
  }),
]

const CROSSING: readonly Scenario[] = [
  {
    name: 'both close at once',
    play: async (stage) => {
      await stage.open()
      await stage.both('close')
    },
  },
  {
    name: 'both shut down at once',
    play: async (stage) => {
      await stage.open()
      await stage.both('shutdown', SHUT_WR)
      await stage.both('recv', 10)
      await stage.both('close')
    },
  },
  {
    name: 'both send and close at once',
    play: async (stage) => {
      await stage.open()
      await stage.both('send', 100)
      await stage.both('close')
    },
  },
  {
    name: 'both reset at once',
    play: async (stage) => {
      await stage.open()
      await stage.both('linger', 1, 0)
      await stage.both('close')
    },
  },
]

const LOSSY: readonly Scenario[] = [
  ...eitherWay('the FIN is lost', async (one, other, stage) => {
    stage.lose(one.role, FIN)
    await one.do('close')
    await stage.wait(REPAIR_MS)
    await other.do('recv', 10)
    await other.do('close')
  }),
  ...eitherWay('the last ACK is lost', async (one, other, stage) => {
    await one.do('close')
    stage.lose(one.role, ACK)
    await other.do('close')
    await stage.wait(REPAIR_MS)
  }),
  ...eitherWay('the RST is lost', async (one, other, stage) => {
    await one.do('linger', 1, 0)
    stage.lose(one.role, RST)
    await one.do('close')
    await other.do('send', 10)
    await other.do('recv', 10)
    await other.do('close')
  }),
]

const OPENING: readonly Scenario[] = [
  {
    name: 'nobody listens',
    play: async (stage) => {
      await stage.client('make', stage.clientPort, 0)
      await stage.connect()
      await stage.client('error')
      await stage.client('send', 10)
      await stage.client('close')
    },
  },
  {
    name: 'closed before it is open',
    play: async (stage) => {
      await stage.listen()
      await stage.client('make', stage.clientPort, 0)
      stage.lose('server', Ctl.SYN | ACK)
      await stage.connect()
      await stage.client('close')
      await stage.wait(REPAIR_MS * 2)
    },
  },
  {
    name: 'the listener closes before accept()',
    play: async (stage) => {
      await stage.open({ accept: false })
      await stage.server('close:listener')
      await stage.client('recv', 10)
      await stage.client('send', 10)
      await stage.client('close')
    },
  },
  {
    name: 'the client closes before accept()',
    play: async (stage) => {
      await stage.open({ accept: false })
      await stage.client('send', 10)
      await stage.client('close')
      await stage.server('accept:listener', stage.key('sock'))
      await stage.server('recv', 100)
      await stage.server('recv', 100)
      await stage.server('close')
    },
  },
  {
    name: 'the client resets before accept()',
    play: async (stage) => {
      await stage.open({ accept: false })
      await stage.client('linger', 1, 0)
      await stage.client('close')
      await stage.server('accept:listener', stage.key('sock'))
      await stage.server('recv', 100)
      await stage.server('close')
    },
  },
  {
    name: 'calls on a socket that was never connected',
    play: async (stage) => {
      await stage.client('make', stage.clientPort, 0)
      await stage.client('shutdown', SHUT_WR)
      await stage.client('recv', 10)
      await stage.client('send', 10)
      await stage.client('close')
    },
  },
]

/** A new server on the port while connections of the old one linger. */
function restart(old: number, fresh: number): Scenario {
  return {
    name: `a restart over a TIME-WAIT, SO_REUSEADDR ${old} then ${fresh}`,
    play: async (stage) => {
      await stage.open({ reuse: old === 1 })
      await stage.server('close')
      await stage.client('close')
      await stage.server('close:listener')
      await stage.server('make:new', 0, fresh)
      await stage.server('bind:new', stage.serverPort)
      await stage.server('close:new')
    },
  }
}

const LATER: readonly Scenario[] = [
  restart(0, 0),
  restart(0, 1),
  restart(1, 0),
  restart(1, 1),
  {
    name: 'a new SYN to a TIME-WAIT of the server',
    play: async (stage) => {
      await stage.open({ reuse: true })
      await stage.server('close')
      await stage.client('close')
      await stage.wait(1500)
      await stage.client('make', stage.clientPort, 1)
      await stage.connect()
      await stage.server('accept:listener', stage.key('sock'))
      await stage.client('close')
      await stage.server('close')
    },
  },
  ...eitherWay('an orphan in FIN-WAIT-2 gives up after TCP_LINGER2', async (one, other, stage) => {
    await one.do('option', IPPROTO_TCP, TCP_LINGER2, 2)
    await one.do('close')
    await stage.wait(3000)
    await other.do('send', 10)
    await other.do('recv', 10)
    await other.do('close')
  }),
  ...eitherWay('TCP_LINGER2 −1: FIN-WAIT-2 ends at once', async (one, other) => {
    await one.do('option', IPPROTO_TCP, TCP_LINGER2, -1)
    await one.do('close')
    await other.do('recv', 10)
    await other.do('close')
  }),
  ...eitherWay('TIME-WAIT lasts 60 s', async (one, other, stage) => {
    await one.do('close')
    await other.do('close')
    await stage.wait(57_000)
    await stage.wait(6000)
  }),
]

/** Those that wait longest come first: the others are played meanwhile. */
export const SCENARIOS: readonly Scenario[] = [...LATER].reverse().concat(LOSSY, OPENING, ORDERLY, ABORTIVE, CROSSING)
