import { type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import type { SackListRules } from './sack-report.ts'

/**
 * SACK (RFC 2018) and DSACK (RFC 2883) as the BSDs report them (`policy.sackList`): duplicates and blocks are one list, the last
 * arrival's first. A duplicate of what has been acknowledged leaves with the next ACK; one of what waits behind a gap stays, as a block that is
 * part of another or its equal, until a later arrival takes it up.
 */

/** Blocks that are remembered; a header has room for three or four of them. */
const BLOCKS_MOST = 6

/** Left and right edges in turns. */
type SackList = readonly Seq[]

type Block = readonly [left: Seq, right: Seq]

const NOTHING: Block = [0, 0]

const isEmpty = ([left, right]: Block): boolean => seqGeq(left, right)
const least = (a: Seq, b: Seq): Seq => (seqLt(a, b) ? a : b)
const most = (a: Seq, b: Seq): Seq => (seqGt(a, b) ? a : b)

function* blocksOf(list: SackList): Generator<Block> {
  for (let i = 0; i < list.length; i += 2) yield [list[i] as Seq, list[i + 1] as Seq]
}

function flatten(blocks: readonly Block[]): Seq[] {
  return blocks
    .filter((block) => !isEmpty(block))
    .slice(0, BLOCKS_MOST)
    .flat()
}

/** What lies before RCV.NXT need not be told again. */
function withoutOld(list: SackList, nxt: Seq): Seq[] {
  return flatten([...blocksOf(list)].filter(([left]) => seqGt(left, nxt)))
}

/** Text [left, right) that had been received before, all of it before RCV.NXT: it heads the list. */
function withOld(list: SackList, left: Seq, right: Seq, nxt: Seq): Seq[] {
  const kept: Block[] = []
  for (const block of blocksOf(withoutOld(list, nxt))) {
    const before = kept.at(-1)
    // A duplicate behind a gap, now that the block that holds it follows.
    if (before !== undefined && seqGeq(before[0], block[0]) && seqLeq(before[1], block[1])) kept.pop()
    kept.push(block)
  }
  return flatten([[left, right], ...kept])
}

/**
 * Text [left, right) was stored, in order or behind a gap.
 * @param nxt RCV.NXT with it
 */
function withArrival(list: SackList, left: Seq, right: Seq, nxt: Seq): Seq[] {
  const blocks = [...blocksOf(list)]
  let whole: Block = [left, right]
  let overlapped = NOTHING
  let known = false
  for (const [l, r] of blocks) {
    if (seqLt(right, l) || seqGt(left, r)) continue
    const first = isEmpty(overlapped)
    if (seqGt(nxt, r)) {
      const common: Block = [most(left, l), least(right, r)]
      if (common[0] !== common[1] && (first || seqGt(overlapped[0], common[0]))) overlapped = common
      continue
    }
    if ((first || seqLt(l, overlapped[0])) && seqGt(r, left)) overlapped = [l, r]
    whole = [least(whole[0], l), most(whole[1], r)]
    known ||= whole[0] === l && whole[1] === r
  }
  let twice = isOldToo(list, right, nxt) ? ([left, right] as const) : NOTHING
  if (!isEmpty(overlapped)) twice = [most(left, overlapped[0]), least(right, overlapped[1])]
  const heads: Block[] = [twice]
  const differs = whole[0] !== twice[0] || whole[1] !== twice[1]
  if ((seqLt(nxt, whole[1]) && differs) || known) heads.push(whole)
  const apart = blocks.filter(([l, r]) => (seqLt(r, whole[0]) || seqGt(l, whole[1])) && seqGt(l, nxt))
  return flatten([...heads, ...apart.slice(0, BLOCKS_MOST - heads.length)])
}

/** It ends before RCV.NXT, or where a duplicate that has just been noted ends. */
function isOldToo(list: SackList, right: Seq, nxt: Seq): boolean {
  return seqLt(right, nxt) || (right === nxt && list.length > 0 && list[1] === nxt)
}

/** `TcpPolicy.sackList` of the BSDs. */
export const sackList: SackListRules = { withoutOld, withOld, withArrival }
