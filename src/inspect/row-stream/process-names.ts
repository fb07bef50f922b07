import type { SocketOwner } from '../socket-row.ts'
import type { OctetReader, OctetWriter } from './octets.ts'

/** A process without the descriptor: what many rows share. */
type Process = Omit<SocketOwner, 'fd'>

/** Processes by number, in the order in which they were first met. */
export class ProcessNames {
  private readonly numbers = new Map<string, number>()
  private readonly list: Process[] = []

  get count(): number {
    return this.list.length
  }

  /** The number of an owner's process; a new one if it has not been met. */
  numberOf({ pid, command, program }: SocketOwner): number {
    const key = `${pid} ${command} ${program ?? ''}`
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    this.numbers.set(key, this.list.length)
    return this.list.push({ pid, command, program }) - 1
  }

  /** Writes those from a number on. */
  write(out: OctetWriter, from: number): void {
    out.number(this.list.length - from)
    for (const { pid, command, program } of this.list.slice(from)) {
      out.number(pid)
      out.text(command)
      out.text(program ?? '')
    }
  }
}

/** Adds the processes that a message brings to those that are known. */
export function readProcesses(input: OctetReader, known: Process[]): void {
  for (let left = input.number(); left > 0; left--) {
    const [pid, command, program] = [input.number(), input.text(), input.text()]
    known.push(program === '' ? { pid, command } : { pid, command, program })
  }
}

/** An owner's octets: its process's number and its descriptor. */
export function readOwner(input: OctetReader, known: readonly Process[]): SocketOwner {
  const number = input.number()
  const process = known[number]
  if (process === undefined) throw new RangeError(`process ${number} of a table was never told`)
  return { ...process, fd: input.number() }
}
