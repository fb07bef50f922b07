/** A script as it is read: what the parser makes and the printer writes. Times are whole µs. */
import type { Position } from './position.ts'

/** A whole script. */
export interface Script {
  readonly options: readonly ScriptOption[]
  /** The shell command before the first event. */
  readonly init: ShellCommand | null
  readonly events: readonly ScriptEvent[]
  /** The shell command after the last event; it runs on failure too. */
  readonly cleanup: ShellCommand | null
}

/** `--tolerance_usecs=75000`; a switch has no value. */
export interface ScriptOption {
  readonly position: Position
  readonly name: string
  readonly value: string | null
}

/** What stands between two backticks. */
export interface ShellCommand {
  readonly position: Position
  readonly text: string
}

/** When something happens; `relative` is after the event before it. */
export type EventTime =
  | { readonly kind: 'absolute'; readonly us: number }
  | { readonly kind: 'relative'; readonly us: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'absolute-range'; readonly us: number; readonly untilUs: number }
  | { readonly kind: 'relative-range'; readonly us: number; readonly untilUs: number }

/** One event. */
export interface ScriptEvent {
  readonly position: Position
  readonly time: EventTime
  /** `start...end`: when a blocking call returns, counted as its start is; null for what does not block. */
  readonly endUs: number | null
  readonly action: Action
}

/** What happens. */
export type Action =
  | { readonly kind: 'packet'; readonly packet: PacketSpec }
  | { readonly kind: 'call'; readonly call: CallSpec }
  | { readonly kind: 'shell'; readonly command: ShellCommand }
  | { readonly kind: 'code'; readonly text: string; readonly position: Position }

/** A packet: `in` is injected (`<`), `out` is expected (`>`). */
export interface PacketSpec {
  readonly direction: 'in' | 'out'
  /** Outermost first. */
  readonly encapsulations: readonly Encapsulation[]
  readonly ip: readonly IpItem[]
  readonly body: TcpSpec | UdpSpec | IcmpSpec
}

/**
 * `ipv4 1.2.3.4 > 5.6.7.8:`, `gre:`, `mpls …:`; `detail` is the text between the word and the colon. FreeBSD's `/udp(A > B)`, which
 * stands behind the segment, is the last.
 */
export interface Encapsulation {
  readonly kind: 'ipv4' | 'ipv6' | 'gre' | 'mpls' | 'udp'
  readonly detail: string
}

/** How the two ECN bits are to be. */
export type EcnWord = 'noecn' | 'ect0' | 'ect1' | 'ect01' | 'ce'

/** One word of `[ect0, ttl 64]`. */
export type IpItem =
  | { readonly kind: 'ecn'; readonly value: EcnWord }
  | { readonly kind: 'tos' | 'dscp' | 'flowlabel' | 'ttl'; readonly value: number }

/** `8080 > 4321` before the flags. */
export interface PortPair {
  readonly source: number
  readonly destination: number
}

/** A TCP segment. */
export interface TcpSpec {
  readonly kind: 'tcp'
  readonly ports: PortPair | null
  /** Letters of FSRP.UEWA, one ACE digit perhaps; empty for `-`. */
  readonly flags: string
  readonly seq: number
  readonly length: number
  /** What `seq` is: `relative` to the initial one, `absolute` on the wire (`5:5(0)!`), or `any` (`...(0)`, which is 0 in `seq`). */
  readonly numbering: 'relative' | 'absolute' | 'any'
  readonly ack: number | null
  readonly window: number | null
  readonly urgent: number | null
  /** null: no list was written; `any`: `<...>`. */
  readonly options: readonly TcpOptionSpec[] | 'any' | null
}

/** `md5 valid`: the signature that belongs there, by the key that the script set last. */
export const VALID_SIGNATURE = 'valid'

/** One TCP option. Octets of keys and cookies are hexadecimal text. */
export type TcpOptionSpec =
  | { readonly kind: 'nop' | 'eol' | 'sackOK' }
  | { readonly kind: 'mss'; readonly value: number }
  /** null is `wscale *`: any shift count, 0 in what is injected. */
  | { readonly kind: 'wscale'; readonly value: number | null }
  | { readonly kind: 'sack'; readonly blocks: readonly (readonly [left: number, right: number])[] }
  | TimestampsSpec
  | { readonly kind: 'FO' | 'FOEXP' | 'md5'; readonly hex: string }
  | AccEcnSpec
  | ExperimentSpec

/** `TS val 5 ecr 7`: `val` is null for `...`, any value; `absolute` for `ecr 7!`, which is on the wire as it is written. */
export interface TimestampsSpec {
  readonly kind: 'TS'
  readonly val: number | null
  readonly ecr: number
  readonly absolute: boolean
}

/** `ECN e0b 1 ceb 2 e1b 3`, or FreeBSD's `AccECN0 EE0B 1 …`: the first counter tells the order of the three. */
export interface AccEcnSpec {
  readonly kind: 'accecn'
  readonly fields: readonly AccEcnField[]
  /** True: `AccECN1` without counters, which the kind of the option alone tells from `AccECN0`. */
  readonly bareOrderOne?: true
}

/** An option of kind 254 that is no Fast Open: what names it, in the words of the script, and its octets behind kind and length. */
export interface ExperimentSpec {
  readonly kind: 'exp'
  readonly words: string
  readonly hex: string
}

/** A counter of the AccECN option, in the order on the wire. */
export interface AccEcnField {
  readonly name: 'e0b' | 'e1b' | 'ceb'
  readonly value: number
}

/** A UDP datagram. */
export interface UdpSpec {
  readonly kind: 'udp'
  readonly ports: PortPair | null
  readonly length: number
}

/** An ICMP message; words name type and code. */
export interface IcmpSpec {
  readonly kind: 'icmp'
  readonly type: string
  readonly code: string | null
  readonly mtu: number | null
  readonly id: number | null
  /** What the error quotes: a range of sequence numbers, or a datagram. */
  readonly echoed:
    | { readonly kind: 'tcp'; readonly seq: number; readonly length: number }
    | { readonly kind: 'udp' | 'raw'; readonly length: number }
    | null
}

/** A system call and what it is to return. */
export interface CallSpec {
  readonly name: string
  readonly args: readonly Expression[]
  readonly result: ResultSpec
}

/** `= 3`, `= -1 EAGAIN (note)`, `= ...`. */
export interface ResultSpec {
  readonly value: Expression
  readonly errno: string | null
  readonly note: string | null
}

/** An argument of a call. */
export type Expression =
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'integer'; readonly value: number; readonly hex: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'word'; readonly name: string; readonly position: Position }
  | { readonly kind: 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

/** `name=value`, `name(count)=value`, or a value alone. */
export interface StructField {
  readonly name: string | null
  readonly count: Expression | null
  readonly value: Expression
}
