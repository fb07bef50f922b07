import { type AccEcnField, type AccEcnSpec, type TcpOptionSpec, type TcpSpec, VALID_SIGNATURE } from './ast.ts'
import type { Scanner } from './scanner.ts'

const HEX = /(?:0[xX])?[0-9a-fA-F]+(?!\w)/y
const OPTIONS = 'a TCP option: nop, eol, mss, wscale, sackOK, sack, TS, FO, FOEXP, md5 or ECN'
/** Options of kind 254 as FreeBSD's testers write them; the octets are their identifiers (IANA). */
const EXPERIMENT = /exp-(?:AccECN([01])|FO|tarr)(?!\w)|EXP-FO(?!\w)/y
const ACC_ECN = /AccECN([01])(?!\w)/y
const ACC_ECN_IDS = ['acc0', 'acc1'] as const
const ACK_RATE_ID = '00ac'
const ACK_RATE_MOST = 2 ** 11 - 1
/** The counters of both orders, in theirs. */
const COUNTERS = [
  ['e0b', 'ceb', 'e1b'],
  ['e1b', 'ceb', 'e0b'],
] as const
const COUNTER_MOST = 2 ** 24 - 1

/** The list between `<` and `>` behind a segment; null when there is none. */
export function parseTcpOptions(scanner: Scanner): TcpSpec['options'] {
  if (!scanner.has('<')) return null
  if (scanner.has('...')) {
    scanner.expect('>')
    return 'any'
  }
  const options: TcpOptionSpec[] = []
  if (scanner.has('>')) return options
  do {
    options.push(parseOption(scanner))
  } while (scanner.has(','))
  scanner.expect('>', '"," or ">"')
  return options
}

function parseOption(scanner: Scanner): TcpOptionSpec {
  const special = parseExperiment(scanner) ?? parseOrdered(scanner)
  if (special !== null) return special
  const name = scanner.peekWord()
  const word = (): void => {
    scanner.word(OPTIONS)
  }
  switch (name) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      word()
      return { kind: name }
    case 'EOL':
    case 'NOP':
      word()
      return { kind: name === 'EOL' ? 'eol' : 'nop' }
    case 'mss':
      word()
      return { kind: name, value: scanner.integer('the value of mss') }
    case 'wscale':
      word()
      return { kind: name, value: scanner.has('*') ? null : scanner.integer('the value of wscale, or *') }
    case 'sack':
      word()
      return { kind: 'sack', blocks: parseBlocks(scanner) }
    case 'TS':
      word()
      return parseTimestamps(scanner)
    case 'md5':
      word()
      return { kind: name, hex: scanner.hasWord('valid') ? VALID_SIGNATURE : parseHex(scanner) }
    case 'FO':
    case 'FOEXP':
      word()
      return { kind: name, hex: parseHex(scanner) }
    case 'ECN':
    case 'e0b':
    case 'e1b':
    case 'ceb':
      scanner.hasWord('ECN')
      return { kind: 'accecn', fields: parseCounters(scanner) }
    default:
      return scanner.fail(OPTIONS)
  }
}

/** `exp-FO`, `exp-AccECN0`, `exp-tarr`: null when none stands here. */
function parseExperiment(scanner: Scanner): TcpOptionSpec | null {
  const words = scanner.take(EXPERIMENT)
  if (words === undefined) return null
  if (words.endsWith('FO')) return { kind: 'FOEXP', hex: parseHex(scanner) }
  if (words === 'exp-tarr') {
    if (!/\d/.test(nextCharacter(scanner))) return { kind: 'exp', words, hex: ACK_RATE_ID }
    const rate = scanner.integer('the ACK rate', ACK_RATE_MOST)
    return { kind: 'exp', words: `${words} ${rate}`, hex: ACK_RATE_ID + hexOf(rate << 5, 2) }
  }
  const order = words.endsWith('0') ? 0 : 1
  const fields = parseOrderedCounters(scanner, order)
  const told = fields.map(({ name, value }) => ` E${name.toUpperCase()} ${value}`).join('')
  const hex = fields.map(({ value }) => hexOf(value, 3)).join('')
  return { kind: 'exp', words: words + told, hex: ACC_ECN_IDS[order] + hex }
}

/** `AccECN0 EE0B 1 ECEB 2 EE1B 3`, as many counters as there are; null when none stands here. */
function parseOrdered(scanner: Scanner): AccEcnSpec | null {
  const words = scanner.take(ACC_ECN)
  if (words === undefined) return null
  const order = words.endsWith('0') ? 0 : 1
  const fields = parseOrderedCounters(scanner, order)
  return fields.length === 0 && order === 1
    ? { kind: 'accecn', fields, bareOrderOne: true }
    : { kind: 'accecn', fields }
}

function parseOrderedCounters(scanner: Scanner, order: 0 | 1): AccEcnField[] {
  const fields: AccEcnField[] = []
  for (const name of COUNTERS[order]) {
    const word = `E${name.toUpperCase()}`
    if (!scanner.hasWord(word)) break
    fields.push({ name, value: scanner.integer(`the value of ${word}`, COUNTER_MOST) })
  }
  return fields
}

function hexOf(value: number, octets: number): string {
  return value.toString(16).padStart(octets * 2, '0')
}

function parseBlocks(scanner: Scanner): [number, number][] {
  const blocks: [number, number][] = []
  do {
    const left = scanner.integer('the left edge of a SACK block')
    scanner.expect(':')
    blocks.push([left, scanner.integer('the right edge of a SACK block')])
  } while (/[\da-zA-Z_]/.test(nextCharacter(scanner)))
  return blocks
}

function nextCharacter(scanner: Scanner): string {
  scanner.skipBlanks()
  return scanner.text[scanner.at] ?? ''
}

function parseTimestamps(scanner: Scanner): TcpOptionSpec {
  if (!scanner.hasWord('val')) scanner.fail('val')
  const val = scanner.has('...') ? null : scanner.integer('the value of val, or ...')
  if (!scanner.hasWord('ecr')) scanner.fail('ecr')
  return { kind: 'TS', val, ecr: scanner.integer('the value of ecr'), absolute: scanner.has('!') }
}

/** Octets, or a defined word that stands for them; none at all is an empty cookie. */
function parseHex(scanner: Scanner): string {
  const start = scanner.at
  const word = scanner.peekWord()
  const defined = scanner.defines.get(word)
  if (defined !== undefined) scanner.word('octets')
  const hex = (defined ?? scanner.take(HEX) ?? '').replace(/^0[xX]/, '').toLowerCase()
  if (hex === '' && !scanner.sees(',') && !scanner.sees('>')) scanner.fail('hexadecimal octets, or a defined word')
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    scanner.failAt(start, `"${hex}" are no whole octets`, 'expected an even number of hexadecimal digits')
  }
  return hex
}

function parseCounters(scanner: Scanner): AccEcnField[] {
  const fields: AccEcnField[] = []
  for (let name = scanner.peekWord(); ; name = scanner.peekWord()) {
    if (name !== 'e0b' && name !== 'e1b' && name !== 'ceb') break
    scanner.word('a counter')
    fields.push({ name, value: scanner.integer(`the value of ${name}`) })
  }
  return fields
}
