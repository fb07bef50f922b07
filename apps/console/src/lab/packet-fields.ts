/** A packet's headers, field by field, each with the octets that it stands in. */

/** One field of a packet. */
export interface PacketField {
  readonly layer: 'IP' | 'TCP' | 'Data'
  readonly name: string
  readonly value: string
  /** Where it stands, octets. */
  readonly start: number
  readonly length: number
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const
const OPTIONS: Readonly<Record<number, string>> = {
  0: 'End of options',
  1: 'No operation',
  2: 'Maximum segment size',
  3: 'Window scale',
  4: 'SACK permitted',
  5: 'SACK',
  8: 'Timestamps',
}
const TCP = 6

/** Reads octets and notes which. */
class Cursor {
  readonly fields: PacketField[] = []
  readonly view: DataView
  constructor(octets: Uint8Array) {
    this.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  }

  number(start: number, length: number): number {
    let value = 0
    for (let i = start; i < start + length && i < this.view.byteLength; i += 1)
      value = value * 256 + this.view.getUint8(i)
    return value
  }

  note(layer: PacketField['layer'], name: string, start: number, length: number, value?: string): void {
    this.fields.push({ layer, name, value: value ?? String(this.number(start, length)), start, length })
  }
}

function dotted(cursor: Cursor, start: number): string {
  return [0, 1, 2, 3].map((i) => cursor.number(start + i, 1)).join('.')
}

function grouped(cursor: Cursor, start: number): string {
  return Array.from({ length: 8 }, (_, i) => cursor.number(start + 2 * i, 2).toString(16)).join(':')
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

/** The IP header. Answers where the payload begins, and its protocol. */
function ip(cursor: Cursor): { readonly start: number; readonly protocol: number } {
  if (cursor.number(0, 1) >> 4 === 6) {
    cursor.note('IP', 'Version', 0, 1, '6')
    cursor.note('IP', 'Payload length', 4, 2)
    cursor.note('IP', 'Next header', 6, 1)
    cursor.note('IP', 'Hop limit', 7, 1)
    cursor.note('IP', 'Source', 8, 16, grouped(cursor, 8))
    cursor.note('IP', 'Destination', 24, 16, grouped(cursor, 24))
    return { start: 40, protocol: cursor.number(6, 1) }
  }
  const length = (cursor.number(0, 1) & 15) * 4
  cursor.note('IP', 'Version and header length', 0, 1, `4, ${length} octets`)
  cursor.note('IP', 'Total length', 2, 2)
  cursor.note('IP', 'Identification', 4, 2)
  cursor.note('IP', 'Flags and offset', 6, 2, hex(cursor.number(6, 2), 4))
  cursor.note('IP', 'Time to live', 8, 1)
  cursor.note('IP', 'Protocol', 9, 1)
  cursor.note('IP', 'Checksum', 10, 2, hex(cursor.number(10, 2), 4))
  cursor.note('IP', 'Source', 12, 4, dotted(cursor, 12))
  cursor.note('IP', 'Destination', 16, 4, dotted(cursor, 16))
  return { start: length, protocol: cursor.number(9, 1) }
}

/** The TCP header. Answers where the data begins. */
function tcp(cursor: Cursor, at: number): number {
  const header = (cursor.number(at + 12, 1) >> 4) * 4
  const flags = cursor.number(at + 13, 1)
  cursor.note('TCP', 'Source port', at, 2)
  cursor.note('TCP', 'Destination port', at + 2, 2)
  cursor.note('TCP', 'Sequence number', at + 4, 4)
  cursor.note('TCP', 'Acknowledgment number', at + 8, 4)
  cursor.note('TCP', 'Data offset', at + 12, 1, `${header} octets`)
  cursor.note('TCP', 'Control bits', at + 13, 1, FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0).join(', '))
  cursor.note('TCP', 'Window', at + 14, 2)
  cursor.note('TCP', 'Checksum', at + 16, 2, hex(cursor.number(at + 16, 2), 4))
  cursor.note('TCP', 'Urgent pointer', at + 18, 2)
  for (let place = at + 20; place < at + header; ) {
    const kind = cursor.number(place, 1)
    const length = kind <= 1 ? 1 : Math.max(2, cursor.number(place + 1, 1))
    cursor.note('TCP', OPTIONS[kind] ?? `Option ${kind}`, place, length, optionValue(cursor, place, kind, length))
    place += length
    if (kind === 0) break
  }
  return at + header
}

function optionValue(cursor: Cursor, at: number, kind: number, length: number): string {
  if (kind === 3) return `× ${2 ** cursor.number(at + 2, 1)}`
  if (kind === 8) return `value ${cursor.number(at + 2, 4)}, echo ${cursor.number(at + 6, 4)}`
  if (kind === 5) {
    const edges = Array.from({ length: (length - 2) / 8 }, (_, i) => at + 2 + 8 * i)
    return edges.map((edge) => `${cursor.number(edge, 4)}–${cursor.number(edge + 4, 4)}`).join(', ')
  }
  return length <= 2 ? '' : String(cursor.number(at + 2, length - 2))
}

/** The fields of a packet that begins with its IP header, in the order of its octets. */
export function packetFields(octets: Uint8Array): readonly PacketField[] {
  const cursor = new Cursor(octets)
  const { start, protocol } = ip(cursor)
  const end = protocol === TCP ? tcp(cursor, start) : start
  if (end < octets.length) cursor.note('Data', 'Data', end, octets.length - end, `${octets.length - end} octets`)
  return cursor.fields
}
