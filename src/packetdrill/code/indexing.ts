/** `x[i]` and `x[a:b:c]`, of texts, lists, tuples and dictionaries. */
import { Unsupported } from '../run/outcome.ts'
import { reprOf, textOf } from './format.ts'
import { countOf } from './numbers.ts'
import { CodeError, Dictionary, isSequence, List, listOf, type Value } from './values.ts'

/** Where a place counted from either end lies. @throws {CodeError} IndexError where there is none */
export function placeIn(of: { readonly length: number }, at: Value): number {
  const given = countOf(at)
  const place = given < 0 ? of.length + given : given
  if (!(place >= 0 && place < of.length)) throw new CodeError('IndexError', 'the code looks beyond the end of a list')
  return place
}

/** `of[at]` @throws {CodeError} for what is not there, {Unsupported} for what has no places */
export function indexed(of: Value, at: Value): Value {
  if (of instanceof Dictionary) {
    const value = of.get(at)
    if (value === undefined)
      throw new CodeError('KeyError', `the code looks for the key ${reprOf(at)}, and there is none`)
    return value
  }
  if (typeof of !== 'string' && !isSequence(of)) throw new Unsupported(`code: an index of ${reprOf(of)}`)
  return of[placeIn(of, at)] as Value
}

/** `of[from:to:step]` @throws {Unsupported} for what has no places */
export function sliced(of: Value, [from = null, to = null, step = null]: readonly Value[]): Value {
  if (typeof of !== 'string' && !isSequence(of)) throw new Unsupported(`code: a slice of ${reprOf(of)}`)
  const pace = step === null ? 1 : countOf(step)
  if (pace === 0) throw new CodeError('ValueError', 'a slice with a step of 0')
  const all: readonly Value[] = typeof of === 'string' ? Array.from(of) : of
  // Bounds lie within what there is, and for steps backwards one before it.
  const [least, most] = pace > 0 ? [0, all.length] : [-1, all.length - 1]
  const bound = (value: Value, fallback: number): number => {
    if (value === null) return fallback
    const place = countOf(value)
    return Math.min(most, Math.max(least, place < 0 ? place + all.length : place))
  }
  const [start, end] = pace > 0 ? [bound(from, 0), bound(to, most)] : [bound(from, most), bound(to, -1)]
  const items: Value[] = []
  for (let i = start; pace > 0 ? i < end : i > end; i += pace) items.push(all[i] as Value)
  if (typeof of === 'string') return items.map(textOf).join('')
  return of instanceof List ? listOf(items) : items
}
