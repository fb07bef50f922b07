import {
  ControlServer,
  HostError,
  type NetPair,
  RunningStack,
  type Service,
  servicesNamed,
  startServices,
} from '../../host/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { asCliErrors } from '../host-room.ts'
import type { Io } from '../io.ts'
import { personalityOption } from '../personality-option.ts'
import { setOption } from '../playing.ts'
import { columns, quoted } from '../text.ts'
import { STOP_SIGNALS } from '../until-stopped.ts'

const HELP = `Usage: lastack up [--tun NAME] [--address CIDR]… [--serve SERVICE]…

Brings the stack up beside the kernel, on a TUN interface of its own, until
Ctrl-C. Programs of this host reach it by its address: the kernel gets the first
other address of each net. The interface goes with this process, however that
ends. Needs CAP_NET_ADMIN.

  --tun NAME          the interface, and the name for \`ss --stack\` and \`nc\`.
                      Default: the first of lastack0, lastack1, … that is free
  --address CIDR      an address of the stack with its prefix, any number of
                      times, one a net. Default: 10.91.0.2/24 and fd91::2/64
  --serve SERVICE     echo (port 7), discard (9), chargen (19), each over UDP
                      too; iperf3 (5201), for tests of TCP, one way at a time;
                      or http:DIR (80), which serves the files below DIR but
                      hidden ones. At a port of your own: echo:7007,
                      http:8080:DIR. Any number of times
  --pcap FILE         writes every packet to a pcapng file
  --personality NAME  linux, freebsd, macos, windows, solaris or rfc9293
  --set NAME=VALUE    a sysctl of the stack, such as
                      net.ipv4.tcp_fin_timeout=5; any number of times
  --mtu N             octets of the largest packet: 1280 to 65535. Default 1500
  --loss PERCENT      loses packets on the way, in both directions
  --tap               Ethernet with ARP and neighbour discovery on the interface
  --plain             no offloads: each packet crosses the device by itself

Examples
  sudo lastack up --serve echo --serve http:8080:.
  sudo lastack up --address 10.1.0.2/24 --serve iperf3 --pcap /tmp/iperf3.pcapng
  curl http://10.91.0.2:8080/               in another terminal, as are:
  sudo lastack ss --stack lastack0 -tan
  sudo lastack nc 10.91.0.1 8080

Exit codes
  0  ended by Ctrl-C or SIGTERM
  2  it could not begin: no privilege, a name or address that is taken, a file
     that cannot be written; or the interface was taken away
`

/** `lastack up`: our stack beside the kernel. */
export const up: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('up', args, {
      tun: { value: 'a name for the interface' },
      address: { value: 'an address with its prefix', multiple: true },
      serve: { value: 'a service, such as echo, echo:7007 or http:DIR', multiple: true },
      pcap: { value: 'a file' },
      personality: { value: 'a personality' },
      set: { value: 'NAME=VALUE', multiple: true },
      mtu: { value: 'octets' },
      loss: { value: 'a percentage' },
      tap: {},
      plain: {},
    })
    atMost('up', words, 0, 'options only')
    const personality = await personalityOption('up', flags.personality)
    if (flags.pcap === '') throw new CliError('up: --pcap "": expected the name of a file to write')
    const stopped = new Stop()
    await asCliErrors('up', HostError, async () => {
      const services = servicesNamed(flags.serve ?? [])
      const stack = await RunningStack.open({
        name: flags.tun,
        addresses: flags.address,
        mtu: flags.mtu === undefined ? undefined : mtuOf(flags.mtu),
        ethernet: flags.tap === true,
        offload: flags.plain !== true,
        loss: flags.loss === undefined ? undefined : lossOf(flags.loss),
        personality,
        sysctl: setOption('up', flags.set),
        pcap: flags.pcap,
        captureFailed: (error) => io.err(`lastack up: ${error.message}`),
        failed: (error) => stopped.fail(error),
      })
      try {
        startServices(stack.sockets, services)
        const control = await ControlServer.open(stack)
        try {
          tell(io, stack.name, stack.nets, services)
          await stopped.done
        } finally {
          await control.close()
        }
      } finally {
        await stack.close()
      }
    }).finally(() => stopped.end())
    return EXIT.OK
  },
}

/** Settled by Ctrl-C, a terminal that goes away, the system ending the program; or by the stack's own failure. */
class Stop {
  readonly done: Promise<void>
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    for (const signal of STOP_SIGNALS) process.once(signal, this.#resolve)
    // It may fail before anybody waits.
    this.done.catch(() => undefined)
  }

  fail(error: unknown): void {
    this.#reject(error)
  }

  /** Signals are nothing to it any more. */
  end(): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.#resolve)
  }
}

function mtuOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new CliError(`up: --mtu ${quoted(text)}: expected a number of octets`)
}

function lossOf(text: string): number {
  const percent = /^\d{1,3}(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (percent <= 100) return percent / 100
  throw new CliError(`up: --loss ${quoted(text)}: expected a percentage from 0 to 100, such as 1%`)
}

function tell(io: Io, name: string, nets: readonly NetPair[], services: readonly Service[]): void {
  const rows = nets.map(({ stack, kernel }, i) => [
    i === 0 ? name : '',
    `${stack.address.toString()}/${stack.bits}`,
    `this host has ${kernel.toString()}`,
  ])
  const served = services.map((service, i) => [
    i === 0 ? 'serves' : '',
    service.name,
    `port ${service.port}${service.answered === undefined ? '' : ', UDP too'}${service.what === '' ? '' : `: ${service.what}`}`,
  ])
  io.out(`${columns([...rows, ...served])}\nCtrl-C ends it.\n`)
}
