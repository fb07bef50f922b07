import type { Micros } from '../../base/index.ts'
import type { Host } from '../../stack/index.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { type CommandResult, grep } from './grep.ts'
import { readShell, wordsOf } from './read-shell.ts'
import { setRoute } from './routes.ts'
import { ScriptSysctls } from './sysctls.ts'
import { Nstat, netstatText, sockstatText, ssText } from './tables.ts'

const SECOND_US = 1_000_000
const DEPTH_MAX = 10
const DONE: CommandResult = { output: '', status: 0 }

/** What shell commands act on. */
export interface ShellWorld {
  readonly host: Host
  /** Lets time pass. */
  sleep(us: Micros): void
  /** A connection is aborted, as an administrator would; false when there is none. */
  drop(local: string, localPort: number, remote: string, remotePort: number): boolean
  /** The text of a file relative to the script; undefined when there is none. */
  readFile(path: string): string | undefined
}

/** Commands of other programs that have nothing to do in a simulator: queues, offloads, modules, caches of a kernel. */
const IDLE = new Set([
  'true',
  ':',
  'tc',
  'ethtool',
  'kldload',
  'kldunload',
  'modprobe',
  'set',
  'export',
  'cd',
  'umask',
  'chmod',
])

/** Understands the commands that scripts use. There is no shell: what is not understood is refused by name. */
export class Shell {
  readonly #world: ShellWorld
  readonly #sysctls: ScriptSysctls
  readonly #nstat: Nstat
  readonly #variables = new Map<string, string>([['PPID', '1']])
  #depth = 0

  constructor(world: ShellWorld) {
    this.#world = world
    this.#sysctls = new ScriptSysctls(world.host)
    this.#nstat = new Nstat(world.host)
  }

  /** @throws {Unsupported} for what is not understood, {Mismatch} when the command fails */
  run(text: string): void {
    const { status, output } = this.#script(text)
    if (status === 0) return
    const said = output === '' ? '' : `\n  output    ${output.trim()}`
    throw new Mismatch(`the command failed with status ${status}\n  command   ${text.trim()}${said}`)
  }

  #script(text: string): CommandResult {
    if (++this.#depth > DEPTH_MAX)
      throw new Unsupported(`shell scripts that call each other more than ${DEPTH_MAX} deep`)
    let last = DONE
    let output = ''
    for (const { when, commands } of readShell(text)) {
      if ((when === '&&' && last.status !== 0) || (when === '||' && last.status === 0)) continue
      const [first = '', ...rest] = commands
      // An exclamation mark turns the status of the whole pipeline round.
      const inverted = /^!\s/.test(first)
      const ran = [inverted ? first.slice(1) : first, ...rest].reduce(
        (input: CommandResult, command) => this.#command(command, input.output),
        DONE,
      )
      last = inverted ? { ...ran, status: ran.status === 0 ? 1 : 0 } : ran
      output += last.output
    }
    this.#depth--
    return { output, status: last.status }
  }

  #command(command: string, input: string): CommandResult {
    const words = wordsOf(command, {
      variable: (name) => this.#variables.get(name),
      substitute: (inner) => this.#script(inner).output.trim(),
    })
    for (
      let assigned = /^(\w+)=(.*)$/s.exec(words[0] ?? '');
      assigned !== null;
      assigned = /^(\w+)=(.*)$/s.exec(words[0] ?? '')
    ) {
      this.#variables.set(assigned[1] as string, assigned[2] as string)
      words.shift()
    }
    while (words[0] === 'sudo' || words[0] === 'source' || words[0] === '.' || words[0] === 'sh' || words[0] === 'bash')
      words.shift()
    const [name, ...args] = words
    return name === undefined ? DONE : this.#named(name, args, input, command)
  }

  #named(name: string, args: readonly string[], input: string, command: string): CommandResult {
    const { host } = this.#world
    const base = name.slice(name.lastIndexOf('/') + 1)
    if (IDLE.has(base)) return DONE
    switch (base) {
      case 'ifconfig':
        if (args.includes('mtu')) throw new Unsupported(`command ${command.trim()}`)
        return DONE
      case 'false':
        return { output: '', status: 1 }
      case 'sysctl':
        return this.#sysctl(args, command)
      case 'set_sysctls.py':
        for (const [one, value] of assignments(args)) this.#sysctls.setForNow(one, value)
        return DONE
      case 'sleep':
        this.#world.sleep(args.reduce((sum, arg) => sum + seconds(arg, command), 0) * SECOND_US)
        return DONE
      case 'echo':
        return { output: `${args.join(' ')}\n`, status: 0 }
      case 'grep':
      case 'egrep':
        return grep(base === 'egrep' ? ['-E', ...args] : args, this.#grepped(args, input))
      case 'ss':
        return { output: ssText(host, args), status: 0 }
      case 'netstat':
        return { output: netstatText(host, args), status: 0 }
      case 'nstat':
        return { output: this.#nstat.text(args), status: 0 }
      case 'sockstat':
        return { output: sockstatText(host), status: 0 }
      case 'tcpdrop':
        return this.#tcpdrop(args, command)
      case 'ip':
        return this.#ip(args, command)
      default:
    }
    if (/^sysctl_restore_\w+\.sh$/.test(base)) {
      this.#sysctls.restore()
      return DONE
    }
    const file = base.endsWith('.sh') ? this.#world.readFile(name) : undefined
    if (file === undefined) throw new Unsupported(`command ${command}`)
    return this.#script(file)
  }

  /** `sysctl -q -w NAME=VALUE …`, `sysctl -n NAME`, FreeBSD's `sysctl NAME=VALUE`. */
  #sysctl(args: readonly string[], command: string): CommandResult {
    const options = args.filter((arg) => /^-/.test(arg)).join('')
    if (/[^-qwnef]/.test(options)) throw new Unsupported(`command ${command}`)
    let output = ''
    for (const word of args.filter((arg) => !/^-/.test(arg))) {
      const at = word.indexOf('=')
      const name = at < 0 ? word : word.slice(0, at)
      if (at >= 0) this.#sysctls.set(name, word.slice(at + 1).trim())
      const value = this.#sysctls.get(name)
      if (at < 0 || !options.includes('q')) output += options.includes('n') ? `${value}\n` : `${name} = ${value}\n`
    }
    return { output, status: 0 }
  }

  /** A file that grep names itself; only the socket tables of /proc are there. */
  #grepped(args: readonly string[], input: string): string {
    const files = args.filter((arg) => arg.startsWith('/'))
    if (files.length === 0) return input
    if (!files.every((file) => /^\/proc\/net\/tcp6?$/.test(file))) throw new Unsupported(`grep over ${files.join(' ')}`)
    return procNetTcp(
      this.#world.host,
      files.map((file) => (file.endsWith('6') ? 6 : 4)),
    )
  }

  /** `tcpdrop LOCAL PORT REMOTE PORT` */
  #tcpdrop(args: readonly string[], command: string): CommandResult {
    const words =
      args.length === 2
        ? args.flatMap((arg) => [arg.slice(0, arg.lastIndexOf(':')), arg.slice(arg.lastIndexOf(':') + 1)])
        : args
    const [local, localPort, remote, remotePort] = words
    if (local === undefined || remote === undefined || words.length !== 4) throw new Unsupported(`command ${command}`)
    return { output: '', status: this.#world.drop(local, Number(localPort), remote, Number(remotePort)) ? 0 : 1 }
  }

  /** `ip tcp_metrics flush all`; routes without metrics, since there is one route and it leads to the script. */
  #ip(args: readonly string[], command: string): CommandResult {
    const words = args.filter((arg) => !/^-/.test(arg))
    if (words[0] === 'tcp_metrics') {
      if (words[1] === 'flush') this.#world.host.fastOpen.forget()
      return DONE
    }
    const isRoute = words[0] === 'route' || words[0] === 'ro' || words[0] === 'r'
    if (isRoute) return setRoute(this.#world.host, words.slice(1))
    throw new Unsupported(`command ${command}`)
  }
}

function assignments(args: readonly string[]): [name: string, value: string][] {
  return args
    .filter((arg) => arg.includes('='))
    .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)])
}

function seconds(text: string, command: string): number {
  const match = /^(\d*\.?\d+)(s|m|h)?$/.exec(text)
  if (match === null) throw new Unsupported(`command ${command}`)
  return Number(match[1]) * ({ s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1)
}

const PROC_STATES: Readonly<Record<string, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
}

/** /proc/net/tcp and tcp6 as far as scripts look: ends, state, queues. Addresses are words in the machine's order. */
function procNetTcp(host: Host, families: readonly number[]): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0')
  const rows = host.describeSockets().filter(({ netid, family }) => netid === 'tcp' && families.includes(family))
  const end = (address: string, port: number): string => {
    const octets = address.split('.').map(Number).reverse()
    return `${octets.map((octet) => hex(octet, 2)).join('')}:${hex(port, 4)}`
  }
  return rows
    .filter(({ family }) => family === 4)
    .map(({ local, peer, state, sendQueue, recvQueue }, i) => {
      const ends = `${end(local.address, local.port)} ${end(peer.address, peer.port)}`
      return `${String(i).padStart(4)}: ${ends} ${hex(PROC_STATES[state] ?? 7, 2)} ${hex(sendQueue, 8)}:${hex(recvQueue, 8)}\n`
    })
    .join('')
}
