import { entryOf, errnoNumbers } from '../../base/index.ts'
import { isLinger, Level, type OptionBox, type OptionValue, optionName, TcpOption } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { notAllowed } from './capabilities.ts'
import { MD5_LENGTH, md5Octets } from './md5-option.ts'
import { failure, type Handler, liveFd, once, type Scene } from './scene.ts'
import { BSD_STACK_OPTIONS } from './symbols/bsd-stack-options.ts'
import { fieldsOf, inner, isNull, isOpen, numberOf } from './values.ts'

const INT = 4
/** Octets of a key of Fast Open. */
const KEY_LENGTH = 16
/** Of the structure that names a stack of TCP: the name, and a count. */
const STACK_LENGTH = 36
/** Below it are a program's input and outputs. */
const FIRST_OPENED = 3
/** No option has so many octets. */
const OCTETS_MOST = 65_536

/**
 * The number of an option. One that Linux has and this stack does not is refused; a number without a name goes to the stack, and so does
 * that of another level's option.
 */
function optionNumber(scene: Scene, level: number, option: Expression | undefined, call: string): number {
  const number = numberOf(option, 'the option')
  if (option?.kind !== 'word' || entryOf(BSD_STACK_OPTIONS, option.name) !== undefined) return number
  const { name } = option
  const elsewhere = Object.values(Level).some((one) => one !== level && optionName(one, number) === name)
  if (!elsewhere && optionName(level, number) === `option ${number}`)
    throw new Unsupported(`${call} ${name} (${scene.host.personality.name})`)
  return number
}

/** `setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)` */
export const setsockopt: Handler = ([fd, levelArgument, option, value, length], scene) => {
  const level = numberOf(levelArgument, 'the level')
  const live = liveFd(scene, numberOf(fd, 'the descriptor'))
  const octets = isOpen(length) ? naturalLength(option, value) : numberOf(length, 'the length') | 0
  if (octets < 0) return once(failure(scene, 'EINVAL'))
  const number = optionNumber(scene, level, option, 'setsockopt')
  const forbidden = notAllowed(scene, level, option, value, octets)
  if (forbidden !== 0) return once(forbidden)
  const stack = stackName(option, value)
  if (stack !== null && octets < STACK_LENGTH) return once(failure(scene, 'EINVAL'))
  if (stack !== null) return once(scene.process.setsockopt(live, level, number, stack))
  if (isNull(value) && octets > 0 && level !== Level.IPPROTO_IPV6)
    return once(failure(scene, octets < INT && level !== Level.IPPROTO_IP ? 'EINVAL' : 'EFAULT'))
  const given = isNull(value) ? new Uint8Array(octets) : givenValue(scene, option, value, octets)
  const result = scene.process.setsockopt(live, level, number, given)
  return once(
    result === failure(scene, 'EBADF') && isOpenFile(scene, option, given) ? failure(scene, 'EINVAL') : result,
  )
}

/** FreeBSD's TCP_FUNCTION_BLK names one of the system's TCP stacks in a structure. */
function stackName(option: Expression | undefined, value: Expression | undefined): string | null {
  if (option?.kind !== 'word' || option.name !== 'TCP_FUNCTION_BLK' || inner(value)?.kind !== 'struct') return null
  const name = fieldsOf(inner(value), 'the value').get('function_set_name')?.value
  return name?.kind === 'string' ? name.value : null
}

/** Whether the option asks for a BPF program, and names a file that is open instead. */
function isOpenFile(scene: Scene, option: Expression | undefined, given: OptionValue | Uint8Array): boolean {
  const isProgram = option?.kind === 'word' && /^SO_ATTACH_(BPF|REUSEPORT_EBPF)$/.test(option.name)
  return isProgram && typeof given === 'number' && given >= 0 && (given < FIRST_OPENED || scene.files.has(given))
}

/** Fields of structures that scripts write without their names, too. */
const LINGER = ['onoff', 'linger']
const TIMEVAL = ['tv_sec', 'tv_usec']

function orderOf(option: Expression | undefined): readonly string[] {
  const name = option?.kind === 'word' ? option.name : ''
  if (name === 'SO_LINGER') return LINGER
  return /TIMEO/.test(name) ? TIMEVAL : []
}

/** The octets of a value whose length the script leaves open (`...`). */
function naturalLength(option: Expression | undefined, argument: Expression | undefined): number {
  const value = inner(argument)
  if (value?.kind === 'string') return value.value.length
  if (value?.kind === 'list') return Math.max(1, value.items.length) * INT
  if (value?.kind !== 'struct') return INT
  const fields = fieldsOf(value, 'the value', orderOf(option))
  if (fields.has('tcpm_keylen')) return MD5_LENGTH
  if (fields.has('function_set_name')) return STACK_LENGTH
  if (fields.has('psk')) return INT + KEY_LENGTH
  return (fields.has('tv_sec') ? 8 : INT) * fields.size
}

/** What is set: a number, SO_LINGER's structure, or octets when the length is not what the value needs. */
function givenValue(
  scene: Scene,
  option: Expression | undefined,
  argument: Expression | undefined,
  length: number,
): OptionValue | Uint8Array {
  const value = inner(argument)
  if (value?.kind === 'string') return octetsOf(value.value, length)
  if (value?.kind === 'struct') {
    const fields = fieldsOf(value, 'the value', orderOf(option))
    if (fields.has('tcpm_keylen')) return md5Octets(scene, fields).subarray(0, length)
    // FreeBSD's SO_ACCEPTFILTER.
    const filter = fields.get('af_name')?.value
    if (filter?.kind === 'string') return octetsOf(filter.value, length)
    const switched = fastOpenSwitch(fields, length)
    if (switched !== null) return switched
    const words = ['onoff', 'linger', 'l_onoff', 'l_linger', 'tv_sec', 'tv_usec'].filter((name) => fields.has(name))
    if (words.length !== 2 || fields.size !== 2) throw new Unsupported(`option value ${printExpression(value)}`)
    const numbers = words.map((name) => numberOf(fields.get(name)?.value, name))
    return wordOctets(numbers, fields.has('tv_sec') ? 8 : INT, length)
  }
  if (value?.kind === 'list' && value.items.length > 1)
    return wordOctets(
      value.items.map((one) => numberOf(one, 'an element of the value')),
      INT,
      length,
    )
  const number = isOpen(value) ? 0 : numberOf(value, 'the value')
  return length === INT ? number | 0 : wordOctets([number], 8, length)
}

/** FreeBSD's `{enable=1, psk=00112233…}`: the key that the server was told beforehand, in hexadecimal, or text; without one it is the number alone. */
function fastOpenSwitch(fields: ReturnType<typeof fieldsOf>, length: number): number | Uint8Array | null {
  const [enable, key] = [fields.get('enable')?.value, fields.get('psk')?.value]
  if (enable === undefined || key === undefined || fields.size !== 2) return null
  const number = numberOf(enable, 'enable')
  if (isOpen(key) || length <= INT) return number
  const octets = new Uint8Array(INT + KEY_LENGTH)
  new DataView(octets.buffer).setInt32(0, number, true)
  octets.set(keyOctets(key), INT)
  return octets.subarray(0, length)
}

function keyOctets(key: Expression): Uint8Array {
  if (key.kind === 'string') return octetsOf(key.value, KEY_LENGTH)
  if (key.kind === 'integer' && key.value === 0) return new Uint8Array(KEY_LENGTH)
  if (key.kind !== 'word' || !/^[0-9a-f]{32}$/i.test(key.name)) throw new Unsupported(`key ${printExpression(key)}`)
  return Uint8Array.from({ length: KEY_LENGTH }, (_, i) => Number.parseInt(key.name.slice(2 * i, 2 * i + 2), 16))
}

function octetsOf(text: string, length: number): Uint8Array {
  const octets = new Uint8Array(Math.min(Math.max(0, length), OCTETS_MOST))
  for (let i = 0; i < Math.min(octets.length, text.length); i++) octets[i] = text.charCodeAt(i)
  return octets
}

/** Numbers one behind the other, each so many octets wide, as far as the length goes. */
function wordOctets(words: readonly number[], width: 4 | 8, length: number): Uint8Array {
  const octets = new Uint8Array(Math.max(width * words.length, Math.min(length, OCTETS_MOST)))
  const view = new DataView(octets.buffer)
  for (const [i, word] of words.entries()) {
    if (width === INT) view.setInt32(i * width, word | 0, true)
    else view.setBigInt64(i * width, BigInt(word), true)
  }
  return octets.subarray(0, length)
}

/** `getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4])` */
export const getsockopt: Handler = ([fd, levelArgument, option, value, length], scene) => {
  const level = numberOf(levelArgument, 'the level')
  const live = liveFd(scene, numberOf(fd, 'the descriptor'))
  if (isNull(length)) return once(failure(scene, 'EFAULT'))
  const number = optionNumber(scene, level, option, 'getsockopt')
  const room = isOpen(length) || isOpen(inner(length)) ? undefined : numberOf(length, 'the length')
  const box: OptionBox = room === undefined ? { value: 0 } : { value: 0, room }
  const result = scene.process.getsockopt(live, level, number, box)
  if (result >= 0 && isNull(value) && box.room !== 0) return once(failure(scene, 'EFAULT'))
  return once(result, () => {
    const stack = stackName(option, value)
    if (result >= 0 && typeof box.value === 'string' && inner(value)?.kind === 'struct' && stack === null) return
    if (stack !== null && stack !== box.value) throw new Mismatch(`the stack is not ${stack}`)
    if (result < 0 || stack !== null) return
    // Of texts and structures, buffers are often larger than what there is to tell.
    if (room !== undefined && box.room !== room && typeof box.value === 'number')
      throw new Mismatch(`the option has ${box.room} octets, expected ${room}`)
    if (isOpen(value) || isNull(value)) return
    const expected = inner(value) as Expression
    const isStatus = number === TcpOption.INFO && level === Level.IPPROTO_TCP && expected.kind !== 'struct'
    checkValue(scene, option, expected, isStatus ? firstWord(scene, box.value, room ?? INT) : box.value)
  })
}

/** Whether octets are those of a text, zeros at its end or not, or of a number. */
function isText(expected: Expression, octets: string): boolean {
  if (expected.kind === 'string') return expected.value.replace(/\0+$/, '') === octets.replace(/\0+$/, '')
  const word = [0, 1, 2, 3].reduce((sum, i) => sum | ((octets.charCodeAt(i) || 0) << (8 * i)), 0)
  return (numberOf(expected, 'the value') | 0) === word
}

/** A number as so many octets. */
function numberText(value: number, length: number): string {
  const number = BigInt(value)
  return String.fromCharCode(...Array.from({ length }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn)))
}

/** What the first word of `struct tcp_info` reads as for who has room for no more than this. */
function firstWord(scene: Scene, info: OptionValue, room: number): number {
  const fields = info as unknown as Readonly<Record<string, number>>
  const names = scene.host.personality.sockets.status.firstOctets
  return names.slice(0, room).reduce((word, name, i) => word | ((entryOf(fields, name) ?? 0) << (8 * i)), 0)
}

function checkValue(scene: Scene, option: Expression | undefined, expected: Expression, value: OptionValue): void {
  if (isOpen(expected)) return
  const wrong = (seen: string): never => {
    throw new Mismatch(`the option is ${seen}, expected ${printExpression(expected)}`)
  }
  if (typeof value === 'string') {
    if (!isText(expected, value)) wrong(JSON.stringify(value))
  } else if (typeof value === 'number' && expected.kind === 'string') {
    // Of a structure of octets, which begins with the number.
    if (!isText(expected, numberText(value, expected.value.length))) wrong(String(value))
  } else if (typeof value === 'number') {
    const errno =
      expected.kind === 'word' ? entryOf<number>(errnoNumbers[scene.host.personality.errno], expected.name) : undefined
    if ((errno ?? numberOf(expected, 'the value') | 0) !== (value | 0)) wrong(String(value))
  } else if (isLinger(value)) {
    const fields = fieldsOf(expected, 'the value', orderOf(option))
    const { optionBits } = scene.host.personality.sockets
    const seen = { onoff: value.on ? (optionBits['SO_LINGER'] ?? 1) : 0, linger: value.seconds }
    for (const [name, one] of Object.entries(seen)) {
      const field = (fields.get(name) ?? fields.get(`l_${name}`))?.value
      if (!isOpen(field) && numberOf(field, name) !== one) wrong(`{onoff=${seen.onoff}, linger=${seen.linger}}`)
    }
  } else {
    const seen = value as unknown as Readonly<Record<string, number | bigint | undefined>>
    for (const [name, { value: field }] of fieldsOf(expected, 'the value')) {
      const one = entryOf(seen, name.replace(/^tcpi_/, ''))
      if (one === undefined) throw new Unsupported(`field ${name}`)
      if (!isOpen(field) && numberOf(field, name) !== Number(one)) wrong(`${name}=${one}`)
    }
  }
}
