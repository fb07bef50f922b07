/** The `format` files of tracefs: where an event's fields lie. They move from kernel to kernel, so they are read and never assumed. */
import { HostError } from '../errors.ts'

/** Where a field lies, octets from the beginning of the event. */
export interface TraceField {
  readonly offset: number
  readonly size: number
  readonly signed: boolean
}

/** The layout of one event. */
export interface EventFormat {
  readonly name: string
  /** The number that stands in the first field of each such event in the buffer. */
  readonly id: number
  readonly fields: ReadonlyMap<string, TraceField>
  /** The names of numbers in a field, as the `print fmt` has them: those of tcp_send_reset's reasons. */
  readonly symbols: (field: string) => ReadonlyMap<number, string>
}

/**
 * Read the text of `events/SYSTEM/EVENT/format`.
 * @throws HostError for a text that is no such file
 */
export function parseFormat(text: string): EventFormat {
  const name = /^name: (\S+)$/m.exec(text)?.[1]
  const id = /^ID: (\d+)$/m.exec(text)?.[1]
  if (name === undefined || id === undefined) throw new HostError('tracefs: a format file without name and ID')
  return { name, id: Number(id), fields: parseFields(text), symbols: (field) => symbolsOf(text, field) }
}

/** The lines `field:TYPE NAME; offset:N; size:N; signed:N;`, by name; a type may have brackets behind the name. */
export function parseFields(text: string): ReadonlyMap<string, TraceField> {
  const fields = new Map<string, TraceField>()
  for (const match of text.matchAll(/^\s*field:\s*(.+?);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/gm)) {
    const [, declaration = '', offset, size, signed] = match
    const name = /(\w+)(?:\[[^\]]*\])?$/.exec(declaration)?.[1]
    if (name !== undefined) fields.set(name, { offset: Number(offset), size: Number(size), signed: signed === '1' })
  }
  return fields
}

/** `__print_symbolic(REC->field, { 1, "ONE" }, …)`. */
function symbolsOf(text: string, field: string): ReadonlyMap<number, string> {
  const symbols = new Map<number, string>()
  const start = text.indexOf(`__print_symbolic(REC->${field},`)
  if (start < 0) return symbols
  for (const [, number, word] of text
    .slice(start, text.indexOf(')', start))
    .matchAll(/\{\s*(\d+),\s*"([^"]*)"\s*\}/g)) {
    symbols.set(Number(number), word as string)
  }
  return symbols
}
