import type { Cidr } from '../../wire/index.ts'
import { type StateMask, stateWordsFor } from './states.ts'

/** A filter expression of ss: which rows to keep. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly operand: Filter }
  | HostCondition
  | PathCondition
  | PortCondition
  /** The local port is one that the kernel chose: it lies in the ephemeral range, or the unix socket has no name of its own. */
  | { readonly kind: 'autobound' }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'cgroup'; readonly path: string }
  /** `state close-wait` among the conditions of a search: ss itself has it before them only. */
  | { readonly kind: 'states'; readonly states: StateMask }
  /** A plain word of a search: what a row shows has it somewhere, upper and lower case alike. */
  | { readonly kind: 'text'; readonly text: string }

/** Which end of the connection a condition looks at: `src`, `sport` or `dst`, `dport`. */
export type Side = 'src' | 'dst'

/** `dst 10.0.0.0/8:80`. What is absent matches anything. */
export interface HostCondition {
  readonly kind: 'host'
  readonly side: Side
  readonly prefix?: Cidr
  readonly port?: number
}

/** `src /run/*.sock`: a pattern for the path of a unix socket, with `*`, `?` and `[…]`, upper and lower case alike. */
export interface PathCondition {
  readonly kind: 'path'
  readonly side: Side
  readonly pattern: string
}

/** `sport > :1024`. */
export interface PortCondition {
  readonly kind: 'port'
  readonly side: Side
  readonly operator: '<' | '<=' | '>' | '>='
  readonly port: number
}

/** The filter in ss's own words, with the parentheses it needs: what `parseFilter` reads back as the same filter. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      // ss gives `and` and `or` one precedence and takes them from the left: only a right operand needs parentheses.
      return `${formatFilter(filter.left)} ${filter.kind} ${operand(filter.right)}`
    case 'not':
      return `not ${operand(filter.operand)}`
    case 'host':
      return formatHost(filter)
    case 'path':
      return `${filter.side} unix:${escaped(filter.pattern)}`
    case 'port':
      return `${portWord(filter.side)} ${filter.operator} :${filter.port}`
    case 'autobound':
      return 'autobound'
    case 'device':
      return `dev = ${escaped(filter.name)}`
    case 'mark':
      return `fwmark = 0x${filter.value.toString(16)}/0x${filter.mask.toString(16)}`
    case 'cgroup':
      return `cgroup = ${escaped(filter.path)}`
    case 'states':
      return stateWordsFor(filter.states)
    case 'text':
      return `"${filter.text}"`
    default:
      return filter satisfies never
  }
}

/** A backslash keeps a blank, and itself, within the word. */
function escaped(word: string): string {
  return word.replace(/[ \t\\]/g, '\\$&')
}

function operand(filter: Filter): string {
  const text = formatFilter(filter)
  return filter.kind === 'and' || filter.kind === 'or' ? `( ${text} )` : text
}

function portWord(side: Side): 'sport' | 'dport' {
  return side === 'src' ? 'sport' : 'dport'
}

function formatHost(condition: HostCondition): string {
  const { side, prefix, port } = condition
  if (prefix === undefined) return `${portWord(side)} = :${port ?? '*'}`
  const range = `${prefix.address.toString()}/${prefix.bits}`
  const host = prefix.address.v4 ? range : `[${range}]`
  return `${side} ${host}${port === undefined ? '' : `:${port}`}`
}
