import { entryOf, errnoName } from '../../base/index.ts'
import { type ControlMessage, type ErrorReport, IpOption, Ipv6Option, Level, So } from '../../stack/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { printExpression, printSeconds } from '../language/print.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import type { Scene } from './scene.ts'
import { fieldsOf, isNowhere, isOpen, numberOf } from './values.ts'

const SECOND_US = 1_000_000

const HEADER = 16
/** Octets of `struct scm_timestamping`: three times; of SO_TIMESTAMP's kin: one. */
const TIMES = 48
const TIME = 16
const REPORT4 = 32
const REPORT6 = 44
const NUMBER = 4
const TIMES_TYPES: readonly number[] = [So.TIMESTAMPING, So.TIMESTAMPING_NEW]
const TIME_TYPES: readonly number[] = [So.TIMESTAMP, So.TIMESTAMPNS, So.TIMESTAMP_NEW, So.TIMESTAMPNS_NEW]

/** What a control message takes in a buffer (CMSG_SPACE). Octets are open in scripts, which then have room for all of them. */
function spaceOf(level: number, type: number): number {
  return HEADER + Math.ceil(dataLength(level, type) / 8) * 8
}

function dataLength(level: number, type: number): number {
  if (level === Level.SOL_SOCKET) return TIMES_TYPES.includes(type) ? TIMES : TIME_TYPES.includes(type) ? TIME : NUMBER
  if (level === Level.IPPROTO_IP && type === IpOption.RECVERR) return REPORT4
  return level === Level.IPPROTO_IPV6 && type === Ipv6Option.RECVERR ? REPORT6 : NUMBER
}

/** The messages that find room where the script's list would: what goes beyond is cut off, and nothing of it is told. */
export function roomFor(list: Expression | undefined, seen: readonly ControlMessage[]): readonly ControlMessage[] {
  if (list?.kind === 'ellipsis') return seen
  const items = list === undefined ? [] : listed(list)
  let room = items.reduce((sum, item) => {
    const fields = fieldsOf(item, 'a control message')
    return sum + spaceOf(numberIn(fields, 'cmsg_level'), numberIn(fields, 'cmsg_type'))
  }, 0)
  const end = seen.findIndex(({ level, type }) => {
    room -= spaceOf(level, type)
    return room < 0
  })
  return end < 0 ? seen : seen.slice(0, end)
}

/** Compares the control messages that recvmsg() told with those that the script expects, one by one. @throws {Mismatch} */
export function checkControl(scene: Scene, list: Expression, seen: readonly ControlMessage[]): void {
  const items = listed(list)
  const fits = items.length === seen.length && items.every((item, i) => matches(scene, item, seen[i] as ControlMessage))
  if (fits) return
  const told = seen.map((message) => text(scene, message)).join(', ')
  throw new Mismatch(
    `recvmsg() tells other control messages\n  expected  ${printExpression(list)}\n  seen      [${told}]`,
  )
}

function matches(scene: Scene, item: Expression, { level, type, value }: ControlMessage): boolean {
  const fields = fieldsOf(item, 'a control message')
  if (numberIn(fields, 'cmsg_level') !== level || numberIn(fields, 'cmsg_type') !== type) return false
  const data = fields.get('cmsg_data')?.value
  if (data === undefined || isOpen(data)) return true
  if (data.kind !== 'struct') return typeof value === 'number' && numberOf(data, 'cmsg_data') === value
  if (typeof value === 'number' || value instanceof Uint8Array) return false
  return 'errno' in value ? isReport(data, value) : isTime(scene, data, value.at)
}

/** The messages of `[…]`, or one alone; NULL and 0 are none. */
export function listed(list: Expression): readonly Expression[] {
  return isNowhere(list) ? [] : list.kind === 'list' ? list.items : [list]
}

function numberIn(fields: ReadonlyMap<string, StructField>, name: string): number {
  return numberOf(fields.get(name)?.value, name)
}

/** `{ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, …}`: the fields that are named. */
function isReport(data: Expression, report: ErrorReport): boolean {
  return [...fieldsOf(data, 'cmsg_data')].every(([name, { value }]) => {
    const seen = entryOf(reportFields(report), name)
    if (seen === undefined) throw new Unsupported(`field ${name}`)
    return isOpen(value) || numberOf(value, name) >>> 0 === seen
  })
}

function reportFields({ errno, origin, type, code, info, data }: ErrorReport): Readonly<Record<string, number>> {
  return { ee_errno: errno, ee_origin: origin, ee_type: type, ee_code: code, ee_pad: 0, ee_info: info, ee_data: data }
}

/** `{scm_sec=0, scm_nsec=100000000}`, or `tv_sec` with `tv_usec` or `tv_nsec`: since the script's beginning, as exact as times of packets are. */
function isTime(scene: Scene, data: Expression, at: number): boolean {
  const fields = fieldsOf(data, 'cmsg_data')
  const part = (name: string): StructField['value'] | undefined => fields.get(name)?.value
  const units = [
    ['scm_sec', SECOND_US],
    ['scm_nsec', 1 / 1000],
    ['tv_sec', SECOND_US],
    ['tv_usec', 1],
    ['tv_nsec', 1 / 1000],
  ] as const
  const given = units.filter(([name]) => fields.has(name))
  if (given.length < 2 || given.some(([name]) => isOpen(part(name)))) return true
  const expected = given.reduce((sum, [name, unit]) => sum + numberOf(part(name), name) * unit, 0)
  // Zero leaves the time open.
  if (expected === 0) return true
  return Math.abs(at - scene.zero - expected) <= scene.config.toleranceUs
}

function text(scene: Scene, { level, type, value }: ControlMessage): string {
  const head = `cmsg_level=${level}, cmsg_type=${type}`
  if (typeof value === 'number') return `{${head}, cmsg_data=${value}}`
  if (value instanceof Uint8Array) return `{${head}, cmsg_data="${[...value].map(hex).join('')}"}`
  if (!('errno' in value)) return `{${head}, cmsg_data=${printSeconds(Math.round(value.at - scene.zero))} s}`
  const fields = Object.entries(reportFields(value)).map(
    ([name, one]) => `${name}=${name === 'ee_errno' && one > 0 ? errnoName(one) : one}`,
  )
  return `{${head}, cmsg_data={${fields.join(', ')}}}`
}

function hex(octet: number): string {
  return `\\x${octet.toString(16).padStart(2, '0')}`
}
