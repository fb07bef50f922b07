import { Mismatch } from '../run/outcome.ts'
import type { Value } from './ast.ts'
import { formatted, textOf } from './format.ts'
import { isTrue } from './truth.ts'

/** So many values a range may have: nothing in a script counts further. */
const RANGE_MOST = 100_000

/** What Python's own functions give; undefined for one that is not known, or not of such values. */
export function builtin(name: string, args: readonly Value[]): Value | undefined {
  const [first = null] = args
  const items = typeof first === 'object' && first !== null ? first : args
  const numbers = items.map(Number)
  switch (name) {
    case 'abs':
      return Math.abs(Number(first))
    case 'min':
      return Math.min(...numbers)
    case 'max':
      return Math.max(...numbers)
    case 'sum':
      return numbers.reduce((sum, number) => sum + number, 0)
    case 'any':
      return items.some(isTrue)
    case 'all':
      return items.every(isTrue)
    case 'int':
    case 'long':
      return Math.trunc(Number(first))
    case 'float':
      return Number(first)
    case 'round':
      return Number(Number(first).toFixed(Number(args[1] ?? 0)))
    case 'bool':
      return isTrue(first)
    case 'str':
      return textOf(first)
    case 'hex':
      return `0x${Number(first).toString(16)}`
    case 'range':
      return range(args.map(Number))
    case 'tuple':
    case 'list':
      return typeof first === 'object' && first !== null ? first : undefined
    case 'len':
      return typeof first === 'string' || (typeof first === 'object' && first !== null) ? first.length : undefined
    case 'format':
      return typeof first === 'string' ? formatWith(first, args.slice(1)) : undefined
    default:
      return undefined
  }
}

function range(given: readonly number[]): Value {
  const [start = 0, stop = 0, step = 1] = given.length === 1 ? [0, given[0]] : given
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (!(count <= RANGE_MOST)) throw new Mismatch(`range(): more than ${RANGE_MOST} values`)
  return Array.from({ length: count }, (_, i) => start + i * step)
}

/** `"{} of {1:5.2f}".format(…)` */
function formatWith(text: string, values: readonly Value[]): string {
  let next = 0
  return text.replace(/\{\{|\}\}|\{(\d*)(?::([^}]*))?\}/g, (all, index: string | undefined, spec = '') => {
    if (index === undefined) return all[0] as string
    return formatOne(values[index === '' ? next++ : Number(index)] ?? null, spec)
  })
}

/** One value by a format specification: `5.2f`, `04d`, `x`, `<8`. */
export function formatOne(value: Value, spec: string): string {
  const [, align = '', rest = ''] = /^([<>]?)(.*)$/.exec(spec) ?? []
  if (rest === '') return textOf(value)
  const kind = /[a-zA-Z]$/.test(rest) ? '' : typeof value === 'number' ? 'd' : 's'
  const isText = typeof value !== 'number' && align !== '>'
  return formatted(`%${align === '<' || isText ? '-' : ''}${rest}${kind}`, value)
}
