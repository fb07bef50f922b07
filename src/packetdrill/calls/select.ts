import { Poll } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch } from '../run/outcome.ts'
import { pollForRoom } from './poll-file.ts'
import { failure, type Handler, once, type Scene, type Started } from './scene.ts'
import { isNowhere, isOpen, numberOf, timeOf } from './values.ts'
import { waitingFor } from './waiting.ts'

/** What makes a descriptor readable, writable and exceptional: `select` asks in poll()'s words. */
const READABLE: number = Poll.IN | Poll.HUP | Poll.ERR
const WRITABLE: number = Poll.OUT | Poll.ERR
const EXCEPTIONAL: number = Poll.PRI
/** FD_SETSIZE. */
const SETSIZE = 1024

interface AskedSet {
  readonly fds: readonly number[]
  readonly events: number
  /** What is to be left in the set; null: the script leaves it open. */
  readonly expected: readonly number[] | null
}

/**
 * `select(5, [4], [4], [], {tv_sec=1, tv_usec=0})`: the descriptors of a set. What is to be left of them stands in a second list,
 * `[[3, 4], [4]]`; where it does not, it is left open. NULL is an empty set, and all the time there is.
 */
export const select: Handler = (args, scene) => selecting(args, scene, 'tv_usec')

/** `pselect(5, [4], NULL, NULL, {tv_sec=1, tv_nsec=0}, NULL)` */
export const pselect: Handler = (args, scene) => selecting(args, scene, 'tv_nsec')

function selecting(
  [count, read, write, except, timeout]: readonly Expression[],
  scene: Scene,
  part: 'tv_nsec' | 'tv_usec',
): Started {
  const most = numberOf(count, 'the number of descriptors')
  if (most < 0) return once(failure(scene, 'EINVAL'))
  const sets = [setOf(read, READABLE, most), setOf(write, WRITABLE, most), setOf(except, EXCEPTIONAL, most)]
  if (sets.some(({ fds }) => fds.some((fd) => !scene.files.has(fd)))) return once(failure(scene, 'EBADF'))
  const timeoutUs = isNowhere(timeout) ? Number.POSITIVE_INFINITY : timeOf(timeout, 'the timeout', part)
  if (timeoutUs < 0) return once(failure(scene, 'EINVAL'))
  let told: number[][] = []
  return {
    ...waitingFor(scene, timeoutUs, () => {
      told = sets.map(({ fds, events }) => fds.filter((fd) => (pollForRoom(scene, fd).bits & events) !== 0))
      return told.reduce((sum, { length }) => sum + length, 0)
    }),
    check(result) {
      if (result < 0) return
      for (const [i, { expected }] of sets.entries()) {
        const left = told[i] ?? []
        if (expected === null || (expected.length === left.length && expected.every((fd) => left.includes(fd))))
          continue
        throw new Mismatch(`select() leaves [${left.join(', ')}] of a set, expected [${expected.join(', ')}]`)
      }
    },
  }
}

function setOf(argument: Expression | undefined, events: number, most: number): AskedSet {
  if (isOpen(argument) || isNowhere(argument)) return { fds: [], events, expected: null }
  if (argument?.kind !== 'list') throw new Mismatch(`${printExpression(argument as Expression)} is no set [4, 5]`)
  const [first, second] = argument.items
  const both = argument.items.length === 2 && first?.kind === 'list' && second?.kind === 'list'
  const asked = both ? first.items : argument.items
  const numbers = (items: readonly Expression[]): number[] =>
    items.map((item) => numberOf(item, 'a descriptor')).filter((fd) => fd < most && fd < SETSIZE)
  return { fds: numbers(asked), events, expected: both ? numbers(second.items) : null }
}
