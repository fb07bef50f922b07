import { Unsupported } from '../run/outcome.ts'
import { Callable, Dictionary, isSequence, List, SetOfValues, type Value } from './values.ts'

const CONVERSION = /%(?:\((\w+)\))?([-+ 0#]*)(\d+|\*)?(?:\.(\d+))?[lh]*([diouxXeEfFgGcrsa%])/g

/** Python's str(). */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : reprOf(value)
}

/** Python's repr(). */
export function reprOf(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`
  if (typeof value === 'number') return String(value)
  if (value instanceof Dictionary)
    return `{${value.pairs.map(([key, one]) => `${reprOf(key)}: ${reprOf(one)}`).join(', ')}}`
  if (value instanceof SetOfValues) return value.length === 0 ? 'set()' : `{${Array.from(value, reprOf).join(', ')}}`
  if (value instanceof List) return `[${Array.from(value, reprOf).join(', ')}]`
  if (isSequence(value)) return `(${value.map(reprOf).join(', ')}${value.length === 1 ? ',' : ''})`
  return value instanceof Callable ? `<function ${value.name}>` : `<module '${value.name}'>`
}

/** A number with as many digits behind the point; what lies in the very middle goes to the even digit. */
export function fixed(number: number, digits: number): string {
  const scaled = Math.abs(number) * 10 ** digits
  const isMiddle = Number.isInteger(number * 2 ** (digits + 1)) && scaled % 1 === 0.5
  if (!isMiddle) return number.toFixed(digits)
  const even = 2 * Math.round(scaled / 2)
  return (Math.sign(number) * (even / 10 ** digits)).toFixed(digits)
}

/** Python's `format % values`. @throws {Unsupported} for a conversion that is not known, or too few values */
export function formatted(format: string, given: Value): string {
  const isTuple = isSequence(given) && !(given instanceof List)
  const values: Value[] = isTuple ? [...given] : [given]
  const named = given instanceof Dictionary ? given : null
  const next = (all: string): Value => {
    if (values.length === 0) throw new Unsupported(`code: conversion ${all}`)
    return values.shift() as Value
  }
  return format.replace(
    CONVERSION,
    (all, key: string | undefined, flags: string, width = '', precision = '', kind: string) => {
      if (kind === '%') return '%'
      const size = Number(width === '*' ? next(all) : width)
      const value = key === undefined ? next(all) : named?.get(key)
      if (value === undefined) throw new Unsupported(`code: conversion ${all}`)
      return padded(converted(value, kind, precision, flags.includes('#')), flags, size, kind)
    },
  )
}

function padded(text: string, flags: string, size: number, kind: string): string {
  const isNumber = !/[srac]/.test(kind)
  const sign = isNumber && !text.startsWith('-') ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : ''
  const signed = sign + text
  if (flags.includes('-')) return signed.padEnd(size)
  if (!flags.includes('0') || !isNumber) return signed.padStart(size)
  const [, minus = '', digits = ''] = /^([-+ ]?)(.*)$/s.exec(signed) ?? []
  return minus + digits.padStart(size - minus.length, '0')
}

function converted(value: Value, kind: string, precision: string, isMarked: boolean): string {
  if (kind === 's') return precision === '' ? textOf(value) : textOf(value).slice(0, Number(precision))
  if (kind === 'r' || kind === 'a') return reprOf(value)
  if (kind === 'c') return typeof value === 'string' ? value : String.fromCharCode(Number(value))
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new Unsupported(`code: %${kind} of ${reprOf(value)}`)
  const number = Number(value)
  const whole = Math.trunc(number)
  switch (kind) {
    case 'd':
    case 'i':
    case 'u':
      return String(whole)
    case 'x':
      return `${isMarked ? '0x' : ''}${whole.toString(16)}`
    case 'X':
      return `${isMarked ? '0X' : ''}${whole.toString(16).toUpperCase()}`
    case 'o':
      return `${isMarked ? '0o' : ''}${whole.toString(8)}`
    case 'e':
    case 'E':
      return number.toExponential(precision === '' ? 6 : Number(precision))
    case 'f':
    case 'F':
      return fixed(number, precision === '' ? 6 : Number(precision))
    default:
      return String(Number(number.toPrecision(precision === '' ? 6 : Math.max(1, Number(precision)))))
  }
}

/** One value by a format specification: `5.2f`, `04d`, `x`, `<8`, `,`. */
export function formatOne(value: Value, conversion: string, spec: string): string {
  const shown = conversion === 'r' || conversion === 'a' ? reprOf(value) : conversion === 's' ? textOf(value) : value
  const match = /^(?:(.)?([<>^=]))?([-+ ]?)(#?)(0?)(\d*)(,?)(?:\.(\d+))?([bcdeEfFgGnosxX%]?)$/s.exec(spec)
  if (match === null) throw new Unsupported(`code: format ${spec}`)
  const [, fill = ' ', align = '', sign = '', mark = '', zero = '', width = '', comma = '', precision = '', kind = ''] =
    match
  const isNumber = typeof shown === 'number' || (typeof shown === 'boolean' && kind !== '')
  const number = Number(shown)
  let text = textOf(shown)
  if (kind === '%') text = `${(number * 100).toFixed(precision === '' ? 6 : Number(precision))}%`
  else if (kind === 'b') text = Math.trunc(number).toString(2)
  else if (isNumber && (kind !== '' || precision !== '')) text = converted(shown, kind || 'g', precision, mark !== '')
  else if (!isNumber && precision !== '') text = text.slice(0, Number(precision))
  if (comma !== '') text = text.replace(/\B(?=(?:\d{3})+(?!\d)(?<!\.\d*))/g, ',')
  if (isNumber && sign !== '' && sign !== '-' && !text.startsWith('-')) text = sign + text
  const size = Number(width)
  if (zero !== '' && align === '') return padded(text, '0', size, 'd')
  if (align === '<' || (align === '' && !isNumber)) return text.padEnd(size, fill)
  if (align === '^') return text.padStart(text.length + Math.floor((size - text.length) / 2), fill).padEnd(size, fill)
  return text.padStart(size, fill)
}

/** `"{} of {1:5.2f} {name}".format(…)` */
export function formatWith(text: string, values: readonly Value[], named: ReadonlyMap<string, Value>): string {
  let next = 0
  return text.replace(
    /\{\{|\}\}|\{(\w*)(?:!([rsa]))?(?::([^}]*))?\}/g,
    (all, key: string | undefined, conversion = '', spec = '') => {
      if (key === undefined) return all[0] as string
      const value = key === '' ? values[next++] : /^\d+$/.test(key) ? values[Number(key)] : named.get(key)
      if (value === undefined) throw new Unsupported(`code: ${all} in a text`)
      return formatOne(value, conversion, spec)
    },
  )
}
