import type { Address } from '../../wire/index.ts'

/** Values of `auto_flowlabels`. */
const Labels = { NONE: 0, UNLESS_REFUSED: 1, IF_ASKED: 2, ALWAYS: 3 } as const

/**
 * Whether packets have a label.
 * @param system what `auto_flowlabels` says
 * @param program what IPV6_AUTOFLOWLABEL says; undefined: nothing
 */
export function hasFlowLabels(system: number, program: number | undefined): boolean {
  if (system === Labels.NONE || system === Labels.ALWAYS) return system === Labels.ALWAYS
  return program === undefined ? system === Labels.UNLESS_REFUSED : program !== 0
}

/** No reader of it shall take a label for none. */
const LEAST = 0x8_0000
const MOST = 0xf_ffff
/** An odd number near 2^32 divided by the golden ratio. */
const SPREAD = 0x9e3779b1

/**
 * IPv6's flow label (RFC 6437 §3): the same for all packets of a flow, hard to guess, and as good as another flow's by chance only.
 * @param ports both, as they stand in the packet; 0: the protocol has none
 * @param changes how often the flow has tried another path: each has a label of its own
 */
export function flowLabel(secret: number, local: Address, remote: Address, ports: number, changes: number): number {
  let hash = secret
  hash = mix(mix(mix(mix(hash, local.w0), local.w1), local.w2), local.w3)
  hash = mix(mix(mix(mix(hash, remote.w0), remote.w1), remote.w2), remote.w3)
  hash = mix(mix(hash, ports), changes)
  return LEAST | ((hash ^ (hash >>> 12)) & MOST)
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, SPREAD)
  return product ^ (product >>> 15)
}
