/** The requirements of RFC 9293, as its appendix B numbers them. The sentences are ours; the RFC's own are in the RFC. */
import { MUSTS } from './musts.ts'
import type { Requirement } from './requirement.ts'
import { SHOULDS } from './shoulds.ts'

/** How many there are of each kind: the last number of each. */
export const COUNTS = { MUST: 69, SHLD: 31, MAY: 18, REC: 1 } as const

/** All of them, in the order of their numbers. */
export const REQUIREMENTS: readonly Requirement[] = [...MUSTS, ...SHOULDS]
