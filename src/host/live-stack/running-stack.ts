/** A stack of its own beside the kernel, on a TUN device, until it is closed. */
import { randomInt } from 'node:crypto'
import { Prng } from '../../base/index.ts'
import {
  EthernetLayer,
  type EthernetOptions,
  Host,
  type Personality,
  type PersonalityName,
  type Socket,
} from '../../stack/index.ts'
import { type DeviceCalls, loadDeviceCalls } from '../device/device-calls.ts'
import { type NetPair, planAddresses, setUpInterface } from '../device/kernel-interface.ts'
import { StackLoop } from '../device/stack-loop.ts'
import { TunDevice } from '../device/tun-device.ts'
import { TunLink } from '../device/tun-link.ts'
import { THIS_MACHINE } from '../environment.ts'
import { HostError } from '../errors.ts'
import { loadLibc } from '../netlink/libc.ts'
import { CaptureWriter } from './capture-writer.ts'
import { runningNames } from './runtime-folder.ts'
import { type StackSocket, StackSockets, tellReady } from './sockets.ts'

/** How a stack is set up. */
export interface StackOptions {
  /** The interface's name; `%d` in it is the first number that is free. Default: the first of `lastack0`, `lastack1`, … that no stack has. */
  readonly name?: string | undefined
  /** Each with its prefix; the kernel gets the first other address of each net. Default `DEFAULT_ADDRESSES`. */
  readonly addresses?: readonly string[] | undefined
  /** Octets; default 1500. */
  readonly mtu?: number | undefined
  /** A TAP, with Ethernet, ARP and neighbour discovery, instead of a TUN. Default false. */
  readonly ethernet?: boolean | undefined
  /** Packets larger than the MTU are cut and joined by the kernel, and some checksums left to it. Default true. */
  readonly offload?: boolean | undefined
  readonly personality?: Personality | PersonalityName | undefined
  /** Sysctls under the system's own names. */
  readonly sysctl?: Readonly<Record<string, string>> | undefined
  /** The share of packets that are lost on the way, in both directions: 0 to 1, and always the same ones. Default 0. */
  readonly loss?: number | undefined
  /** A pcapng file of every packet, as it crossed the device. */
  readonly pcap?: string | undefined
  /** Told once when that file cannot be written any further; the stack goes on without it. */
  readonly captureFailed?: ((error: HostError) => void) | undefined
  /** Told when the device is gone: the stack has ended then. */
  readonly failed: (error: unknown) => void
}

/** Addresses of nets that hardly anybody has. */
export const DEFAULT_ADDRESSES: readonly string[] = ['10.91.0.2/24', 'fd91::2/64']

const LOSS_SEED = 1
const MTU = 1500
const MTU_LEAST = 1280
const MTU_MOST = 65_535

/** A stack that runs. Close it. */
export class RunningStack {
  readonly host: Host
  readonly name: string
  readonly nets: readonly NetPair[]
  readonly sockets: StackSockets
  readonly #loop: StackLoop
  readonly #device: TunDevice
  readonly #capture: CaptureWriter | null

  private constructor(
    device: TunDevice,
    nets: readonly NetPair[],
    capture: CaptureWriter | null,
    options: StackOptions,
  ) {
    const { mtu = MTU, loss = 0, personality, sysctl, failed } = options
    const chance = new Prng(LOSS_SEED)
    const ethernet =
      options.ethernet === true ? newEthernet(nets, this, (...frame) => link.sendFrame(...frame)) : undefined
    const crossing = { tap: capture?.tap, ethernet, loses: loss > 0 ? () => chance.unit() < loss : undefined }
    const link = new TunLink(device, mtu, crossing)
    this.name = device.name
    this.nets = nets
    this.#device = device
    this.#capture = capture
    this.host = newHost(device.name, personality, sysctl)
    const addresses = nets.map(({ stack }) => `${stack.address.toString()}/${stack.bits}`)
    const { index } = this.host.addInterface({ name: device.name, link, addresses })
    for (const { kernel } of nets) this.host.addRoute(kernel.v4 ? '0.0.0.0/0' : '::/0', device.name)
    this.#loop = new StackLoop(this.host, device, link, index, { ...crossing, failed })
    const sockets = new Map<Socket, StackSocket>()
    this.sockets = new StackSockets(this.#loop, sockets)
    this.host.onReady = tellReady(sockets)
  }

  /** @throws HostError (a rejection) with one line; nothing is left behind then */
  static async open(options: StackOptions): Promise<RunningStack> {
    const { mtu = MTU, offload = true, ethernet = false, addresses = DEFAULT_ADDRESSES } = options
    if (!Number.isInteger(mtu) || mtu < MTU_LEAST || mtu > MTU_MOST) {
      throw new HostError(`MTU ${mtu}: expected ${MTU_LEAST} to ${MTU_MOST}`)
    }
    if (THIS_MACHINE.platform !== 'linux') throw new HostError(`needs Linux, this is ${THIS_MACHINE.platform}`)
    const nets = planAddresses(addresses)
    const [calls, libc] = await Promise.all([loadDeviceCalls(THIS_MACHINE.loadKoffi), loadLibc(THIS_MACHINE.loadKoffi)])
    const name = options.name ?? freeName(calls, await runningNames())
    const device = new TunDevice(calls, { name, kind: ethernet ? 'tap' : 'tun', offload })
    try {
      const capture =
        options.pcap === undefined ? null : new CaptureWriter(options.pcap, device.name, options.captureFailed)
      setUpInterface(libc, device.name, device.index, mtu, nets)
      const stack = new RunningStack(device, nets, capture, options)
      stack.#loop.start()
      return stack
    } catch (error) {
      await device.close()
      throw error
    }
  }

  /** Runs `work` on the stack at the present time. */
  run<T>(work: () => T): T {
    return this.#loop.run(work)
  }

  /** Ends its programs, which closes their connections, then the interface. */
  async close(): Promise<void> {
    this.run(() => {
      for (const process of [...this.host.processes.values()]) process.exit()
    })
    await this.#loop.close()
    await this.#device.close()
    await this.#capture?.close()
  }
}

/** A name that no interface here has, and no stack elsewhere: commands find a stack by its name alone. */
function freeName(calls: DeviceCalls, running: ReadonlySet<string>): string {
  for (let i = 0; ; i++) {
    const name = `lastack${i}`
    if (!running.has(name) && calls.deviceIndex(name) === 0) return name
  }
}

/** The stack's port, with an address of those that everybody may take (the second bit of the first octet says so). */
function newEthernet(nets: readonly NetPair[], stack: RunningStack, send: EthernetOptions['send']): EthernetLayer {
  const mac = { high: 0x0200 | randomInt(256), low: randomInt(2 ** 32) | 0 }
  return new EthernetLayer({
    mac,
    own: nets.map(({ stack }) => stack),
    gateways: nets.map(({ kernel }) => kernel),
    send,
    unreachable: (packet) => stack.host.icmp.sendHostUnreachable(packet),
  })
}

function newHost(name: string, personality: StackOptions['personality'], sysctl: StackOptions['sysctl']): Host {
  try {
    // Sequence numbers and hash keys come from the seed: strangers must not guess it.
    return new Host({ name, seed: randomInt(2 ** 47), personality, sysctl })
  } catch (error) {
    if (error instanceof TypeError) throw new HostError(error.message)
    throw error
  }
}
