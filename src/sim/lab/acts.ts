import type { OptionValue } from '../../stack/index.ts'
import type { BareWorld } from '../bare-world.ts'
import { isSocketOption, type SocketOptionName } from '../call-words.ts'
import type { Verdict } from '../faults/rules.ts'
import type { SimHost } from '../host.ts'
import type { Program } from '../program.ts'
import { LabError } from './lab-error.ts'

/** The words behind the verb, taken one after the other. */
class Words {
  private readonly act: string
  private readonly words: string[]

  constructor(act: string) {
    this.act = act
    this.words = act.split(/\s+/).filter((word) => word !== '')
  }

  word(what: string): string {
    const word = this.words.shift()
    if (word === undefined) throw new LabError(`'${this.act}': expected ${what}`)
    return word
  }

  /** The next word if there is one. */
  optional(): string | undefined {
    return this.words.shift()
  }

  /** All that are left, as one. */
  rest(what: string): string {
    const rest = this.words.splice(0).join(' ')
    if (rest === '') throw new LabError(`'${this.act}': expected ${what}`)
    return rest
  }

  number(what: string, most: number): number {
    const word = this.word(what)
    const value = /^\d{1,12}$/.test(word) ? Number(word) : Number.NaN
    if (value >= 0 && value <= most) return value
    throw new LabError(`'${this.act}': '${word}' is not ${what}`)
  }

  end(): void {
    const word = this.words[0]
    if (word !== undefined) throw new LabError(`'${this.act}': '${word}' is a word too many`)
  }
}

const MS = 1000
const LONGEST_MS = 86_400_000
const OCTETS_MAX = 1_000_000
const NUMBER_MAX = 2 ** 31 - 1

/** What an act does; its words have been read to the end before it does anything. */
type Deed = (world: BareWorld) => void

function verdict(number: number, verdict: Verdict, words: string): Deed {
  return (world) => void world.rule((info) => info.number === number, verdict, words)
}

function onHost(words: Words, deed: (host: SimHost) => void): Deed {
  const name = words.word('the name of a host')
  return (world) => deed(hostOf(world, name))
}

function onProcess(words: Words, deed: (host: SimHost, program: Program) => void): Deed {
  const name = words.word('the name of a host')
  const pid = words.number('a process id', NUMBER_MAX)
  return (world) => {
    const host = hostOf(world, name)
    const program = host.programOf(pid)
    if (program === undefined) throw new LabError(`no process ${pid} lives on ${name} now`)
    deed(host, program)
  }
}

function hostOf(world: BareWorld, name: string): SimHost {
  const host = world.hosts.find((one) => one.name === name)
  const names = world.hosts.map((one) => one.name).join(', ')
  if (host === undefined) throw new LabError(`no host '${name}' in this run; expected ${names}`)
  return host
}

/** Does it to a host that is down, or (`down` false) up; any other is an error of the script's. */
function ifDown(host: SimHost, down: boolean, deed: () => void): void {
  if (host.isDown !== down) throw new LabError(`${host.name} is ${down ? 'up' : 'down'} already`)
  deed()
}

/** A call on a descriptor: pid and fd come first, then what the call takes beside. */
function call<T>(
  words: Words,
  take: (words: Words) => T,
  deed: (program: Program, fd: number, extra: T) => void,
): Deed {
  const host = words.word('the name of a host')
  const pid = words.word('a process id')
  const fd = words.number('a descriptor', NUMBER_MAX)
  const extra = take(words)
  return onProcess(new Words(`${host} ${pid}`), (_host, program) => deed(program, fd, extra))
}

const HOWS = ['read', 'write', 'both'] as const

function how(words: Words): (typeof HOWS)[number] {
  const word = words.word('read, write or both')
  const known = HOWS.find((one) => one === word)
  if (known === undefined) throw new LabError(`'${word}' is no way to shut down: expected read, write or both`)
  return known
}

function option(words: Words): readonly [SocketOptionName, OptionValue] {
  const name = words.word('the name of a socket option')
  if (!isSocketOption(name)) throw new LabError(`unknown socket option '${name}'; expected one such as SO_LINGER`)
  if (name !== 'SO_LINGER') return [name, words.number('a number', NUMBER_MAX)]
  const off = { on: false, seconds: 0 }
  const value = words.word('off or seconds')
  return [name, value === 'off' ? off : { on: true, seconds: new Words(value).number('off or seconds', 65_535) }]
}

const ACTS = {
  drop: (words: Words): Deed => verdict(packet(words), { kind: 'drop' }, 'dropped by hand'),
  corrupt: (words: Words): Deed => verdict(packet(words), { kind: 'corrupt' }, 'by hand'),
  delay: (words: Words): Deed => {
    const number = packet(words)
    return verdict(number, { kind: 'deliver', delayUs: later(words), copies: 1, spacingUs: 0 }, 'by hand')
  },
  duplicate: (words: Words): Deed => {
    const number = packet(words)
    return verdict(number, { kind: 'deliver', delayUs: 0, copies: 2, spacingUs: later(words) }, 'by hand')
  },
  'drop-next': (words: Words): Deed => {
    const from = words.optional()
    return (world) => {
      if (from !== undefined) hostOf(world, from)
      world.drop(from === undefined ? 'the next packet' : `${from}'s next packet`)
    }
  },
  cut: (): Deed => (world) => {
    for (const link of world.links) link.cut()
  },
  mend: (): Deed => (world) => {
    for (const link of world.links) link.heal()
  },
  crash: (words: Words): Deed => onHost(words, (host) => ifDown(host, false, () => host.crash())),
  boot: (words: Words): Deed => onHost(words, (host) => ifDown(host, true, () => host.boot())),
  kill: (words: Words): Deed => onProcess(words, (host, program) => host.kill(program)),
  freeze: (words: Words): Deed => onProcess(words, (host, program) => host.freeze(program)),
  thaw: (words: Words): Deed => onProcess(words, (host, program) => host.thaw(program)),
  close: (words: Words): Deed =>
    call(
      words,
      () => null,
      (program, fd) => void program.close(fd),
    ),
  shutdown: (words: Words): Deed => call(words, how, (program, fd, side) => void program.shutdown(fd, side)),
  send: (words: Words): Deed =>
    call(words, octets, (program, fd, count) => void program.sendSome(fd, 'x'.repeat(count))),
  setsockopt: (words: Words): Deed =>
    call(words, option, (program, fd, [name, value]) => void program.setsockopt(fd, name, value)),
  sysctl: (words: Words): Deed => {
    const [host, name, value] = [words.word('the name of a host'), words.word('a sysctl'), words.rest('a value')]
    return onHost(new Words(host), (one) => one.setSysctl(name, value))
  },
} as const

function packet(words: Words): number {
  return words.number('the number of a packet', NUMBER_MAX)
}

function later(words: Words): number {
  return words.number('milliseconds', LONGEST_MS) * MS
}

function octets(words: Words): number {
  return words.number('how many octets to send', OCTETS_MAX)
}

/**
 * What somebody who watches a run may do to it, in words that can be kept and done again:
 *
 *     drop N | corrupt N | delay N MS | duplicate N MS        to the packet of that number
 *     drop-next [HOST]                                        to the next that leaves
 *     cut | mend                                              every link
 *     crash HOST | boot HOST                                  a machine
 *     kill HOST PID | freeze HOST PID | thaw HOST PID         a process
 *     close HOST PID FD | shutdown HOST PID FD HOW            a call of a process, made for it
 *     send HOST PID FD OCTETS | setsockopt HOST PID FD OPTION VALUE
 *     sysctl HOST NAME VALUE
 *
 * HOW is read, write or both; the VALUE of SO_LINGER is `off` or seconds.
 *
 * @throws {LabError} for words that make no act; and when it is done to a host or process that is not there.
 */
export function parseAct(text: string): Deed {
  const words = new Words(text)
  const verb = words.word(`one of ${Object.keys(ACTS).join(', ')}`)
  const make = Object.entries(ACTS).find(([name]) => name === verb)?.[1]
  if (make === undefined) throw new LabError(`'${text}' is no act: expected one of ${Object.keys(ACTS).join(', ')}`)
  const deed = make(words)
  words.end()
  return deed
}
