import { didYouMean, entryOf } from '../../base/index.ts'
import type { IcmpSpec } from '../language/ast.ts'
import { Mismatch, meant } from './outcome.ts'

type Names = Readonly<Record<string, number>>

const OCTET_MOST = 255

const TYPES_V4: Names = {
  echo_reply: 0,
  unreachable: 3,
  source_quench: 4,
  redirect: 5,
  echo_request: 8,
  time_exceeded: 11,
  parameter_problem: 12,
  timestamp_request: 13,
  timestamp_reply: 14,
  packet_too_big: 3,
  information_request: 15,
  information_reply: 16,
  address_mask_request: 17,
  address_mask_reply: 18,
}
const UNREACHABLE_V4: Names = {
  net_unreachable: 0,
  host_unreachable: 1,
  protocol_unreachable: 2,
  port_unreachable: 3,
  frag_needed: 4,
  source_route_failed: 5,
  net_unknown: 6,
  host_unknown: 7,
  source_host_isolated: 8,
  net_prohibited: 9,
  host_prohibited: 10,
  net_unreachable_for_tos: 11,
  host_unreachable_for_tos: 12,
  packet_filtered: 13,
  admin_prohibited: 13,
  precedence_violation: 14,
  precedence_cutoff: 15,
}
const TYPES_V6: Names = {
  unreachable: 1,
  packet_too_big: 2,
  time_exceeded: 3,
  parameter_problem: 4,
  echo_request: 128,
  echo_reply: 129,
}
const UNREACHABLE_V6: Names = {
  net_unreachable: 0,
  no_route: 0,
  noroute: 0,
  admin_prohibited: 1,
  packet_filtered: 1,
  beyond_scope: 2,
  host_unreachable: 3,
  address_unreachable: 3,
  port_unreachable: 4,
  not_neighbour: 2,
  addr_unreachable: 3,
  source_address_failed_policy: 5,
  failed_policy: 5,
  policy_fail: 5,
  reject_route: 6,
}
const EXCEEDED: Names = {
  exceeded_in_transit: 0,
  transit: 0,
  ttl_exceeded: 0,
  exceeded_hop_limit: 0,
  exceed_hopcount: 0,
  hop_limit_exceeded: 0,
  exceeded_in_reassembly: 1,
  reassembly: 1,
  exceed_reassembly: 1,
  fragment_reassembly_time_exceeded: 1,
  exceeded_frag_time: 1,
  ttl_exceeded_in_transit: 0,
  frag_reass_exceeded: 1,
}
const REDIRECT: Names = { redirect_net: 0, redirect_host: 1, redirect_net_for_tos: 2, redirect_host_for_tos: 3 }
const PARAMETER: Names = { pointer: 0, header_field: 0, unknown_next_header: 1, unknown_option: 2 }

/**
 * Type and code of a message on the wire. A script for both families says `unreachable frag_needed`, which IPv6 calls "packet too
 * big".
 * @throws {Mismatch} for an unknown word
 */
export function icmpNumbers({ type, code }: IcmpSpec, v4: boolean): readonly [type: number, code: number] {
  if (!v4 && type === 'unreachable' && code === 'frag_needed') return [2, 0]
  if (v4 && type === 'packet_too_big') return [3, 4]
  const number = icmpType(type, v4)
  if (number === undefined)
    throw new Mismatch(
      `there is no ICMP${v4 ? '' : 'v6'} type called ${type}${meant(type, Object.keys(v4 ? TYPES_V4 : TYPES_V6))}`,
    )
  if (code === null) return [number, 0]
  const known = entryOf(codesOf(type, v4), code) ?? numbered(code, /^code_(\d+)$/)
  if (known === undefined)
    throw new Mismatch(
      `there is no code of ICMP${v4 ? '' : 'v6'} ${type} called ${code}${meant(code, Object.keys(codesOf(type, v4)))}`,
    )
  return [number, known]
}

/** What is wrong with an ICMP message's words, whichever family it belongs to; null: nothing. */
export function unknownIcmp(type: string, code: string | null): readonly [found: string, expected: string] | null {
  const known = [true, false].filter((v4) => icmpType(type, v4) !== undefined)
  if (known.length === 0) {
    const types = Object.keys({ ...TYPES_V4, ...TYPES_V6 })
    return [
      `there is no ICMP type called ${type}`,
      didYouMean(type, types, 'expected the name of a type, or its number'),
    ]
  }
  if (code === null || known.some((v4) => icmpCode(type, code, v4) !== undefined)) return null
  const codes = known.flatMap((v4) => Object.keys(codesOf(type, v4)))
  return [
    `there is no code of ICMP ${type} called ${code}`,
    didYouMean(code, codes, 'expected the name of a code, or code_N'),
  ]
}

function icmpType(type: string, v4: boolean): number | undefined {
  return numbered(type, /^(?:type_)?(\d+)$/) ?? entryOf(v4 ? TYPES_V4 : TYPES_V6, type)
}

function icmpCode(type: string, code: string, v4: boolean): number | undefined {
  if (type === 'unreachable' && code === 'frag_needed') return 4
  return entryOf(codesOf(type, v4), code) ?? numbered(code, /^code_(\d+)$/)
}

/** A word that is a number itself: `type_3`, `code_13`. */
function numbered(word: string, form: RegExp): number | undefined {
  const digits = form.exec(word)?.[1]
  return digits === undefined || Number(digits) > OCTET_MOST ? undefined : Number(digits)
}

function codesOf(type: string, v4: boolean): Names {
  if (type === 'unreachable') return v4 ? UNREACHABLE_V4 : UNREACHABLE_V6
  return { time_exceeded: EXCEEDED, redirect: REDIRECT, parameter_problem: PARAMETER }[type] ?? {}
}

/** Whether a type is an echo request or reply. */
export function isEcho(type: number, v4: boolean): boolean {
  return v4 ? type === 0 || type === 8 : type === 128 || type === 129
}

/** Type and code of a message as a script would write them. */
export function icmpWords(type: number, code: number, v4: boolean): { type: string; code: string | null } {
  const word = (names: Names, value: number): string | undefined =>
    Object.keys(names).find((name) => names[name] === value)
  const name = word(v4 ? TYPES_V4 : TYPES_V6, type) ?? String(type)
  return { type: name, code: word(codesOf(name, v4), code) ?? null }
}
