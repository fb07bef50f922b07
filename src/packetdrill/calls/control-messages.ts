import { entryOf, errnoName } from '../../base/index.ts'
import { type ControlMessage, type ErrorReport, Level } from '../../stack/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { printExpression, printSeconds } from '../language/print.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import type { Scene } from './scene.ts'
import { fieldsOf, inner, isOpen, numberOf } from './values.ts'

const SECOND_US = 1_000_000

const HEADER = 16
/** Octets of `struct scm_timestamping`: three times. */
const TIMES = 48
const REPORT4 = 32
const REPORT6 = 44

/** What a list of control messages takes in a buffer (CMSG_SPACE). */
function spaceOf(level: number, isReport: boolean, isTimes: boolean): number {
  const octets = isReport ? (level === Level.IPPROTO_IP ? REPORT4 : REPORT6) : isTimes ? TIMES : 4
  return HEADER + Math.ceil(octets / 8) * 8
}

/** The messages that find room where the script's list would: what goes beyond is cut off, and nothing of it is told. */
export function roomFor(list: Expression | undefined, seen: readonly ControlMessage[]): readonly ControlMessage[] {
  if (list?.kind === 'ellipsis') return seen
  const items = list === undefined ? [] : list.kind === 'list' ? list.items : [list]
  let room = items.reduce((sum, item) => {
    const fields = fieldsOf(item, 'a control message')
    const data = inner(fields.get('cmsg_data')?.value)
    const names = data?.kind === 'struct' ? data.fields.map(({ name }) => name) : []
    const level = numberOf(fields.get('cmsg_level')?.value, 'cmsg_level')
    return sum + spaceOf(level, names.includes('ee_errno'), names.includes('scm_sec'))
  }, 0)
  const end = seen.findIndex(({ level, value }) => {
    // Octets are open in scripts, which then have room for all of them.
    const plain = typeof value === 'number' || value instanceof Uint8Array
    room -= spaceOf(level, !plain && 'errno' in value, !plain && 'at' in value)
    return room < 0
  })
  return end < 0 ? seen : seen.slice(0, end)
}

/** Compares the control messages that recvmsg() told with those that the script expects, one by one. @throws {Mismatch} */
export function checkControl(scene: Scene, list: Expression, seen: readonly ControlMessage[]): void {
  const items = list.kind === 'list' ? list.items : [list]
  const fits = items.length === seen.length && items.every((item, i) => matches(scene, item, seen[i] as ControlMessage))
  if (fits) return
  const told = seen.map((message) => text(scene, message)).join(', ')
  throw new Mismatch(
    `recvmsg() tells other control messages\n  expected  ${printExpression(list)}\n  seen      [${told}]`,
  )
}

function matches(scene: Scene, item: Expression, { level, type, value }: ControlMessage): boolean {
  const fields = fieldsOf(item, 'a control message')
  if (numberOf(fields.get('cmsg_level')?.value, 'cmsg_level') !== level) return false
  if (numberOf(fields.get('cmsg_type')?.value, 'cmsg_type') !== type) return false
  const data = fields.get('cmsg_data')?.value
  if (data === undefined || isOpen(data)) return true
  if (data.kind !== 'struct') return typeof value === 'number' && numberOf(data, 'cmsg_data') === value
  if (typeof value === 'number' || value instanceof Uint8Array) return false
  return 'errno' in value ? isReport(data, value) : isTime(scene, data, value.at)
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

/** `{scm_sec=0, scm_nsec=100000000}`: since the script's beginning, as exact as times of packets are. */
function isTime(scene: Scene, data: Expression, at: number): boolean {
  const fields = fieldsOf(data, 'cmsg_data')
  const part = (name: string): StructField['value'] | undefined => fields.get(name)?.value
  if (isOpen(part('scm_sec')) || isOpen(part('scm_nsec'))) return true
  const expected = numberOf(part('scm_sec'), 'scm_sec') * SECOND_US + numberOf(part('scm_nsec'), 'scm_nsec') / 1000
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
