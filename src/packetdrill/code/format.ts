import { Unsupported } from '../run/outcome.ts'
import { Float, worth } from './float.ts'
import { exponentText, fixedText, floatText, generalText } from './number-text.ts'
import { doubleOf, type Int, intOf, realOf, truncated } from './numbers.ts'
import { Callable, Dictionary, isSequence, List, raised, SetOfValues, typeOf, type Value } from './values.ts'

const CONVERSION = /%(?:\(([^)]*)\))?([-+ 0#]*)(\d+|\*)?(?:\.(\d*|\*))?[lhL]*([\s\S]?)/g
const SPECIFICATION = /^(?:(.)?([<>^=]))?([-+ ]?)(#?)(0?)(\d*)(,?)(?:\.(\d+))?([bcdeEfFgGnosxX%]?)$/su
/** How wide a text may be made. */
const WIDTH_MOST = 100_000

/** Python's str(). */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : reprOf(value)
}

/** Python's repr(). */
export function reprOf(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Dictionary)
    return `{${value.pairs.map(([key, one]) => `${reprOf(key)}: ${reprOf(one)}`).join(', ')}}`
  if (value instanceof SetOfValues) return value.length === 0 ? 'set()' : `{${Array.from(value, reprOf).join(', ')}}`
  if (value instanceof List) return `[${Array.from(value, reprOf).join(', ')}]`
  if (isSequence(value)) return `(${value.map(reprOf).join(', ')}${value.length === 1 ? ',' : ''})`
  return value instanceof Callable ? `<function ${value.name}>` : `<module '${value.name}'>`
}

/** How wide a text is to be. @throws {Unsupported} for more than can be meant */
export function widthOf(width: Value): number {
  const size = Number(intOf(width))
  if (size > WIDTH_MOST) throw new Unsupported(`code: a text of ${size} characters`)
  return size
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
  const text = format.replace(
    CONVERSION,
    (all, key: string | undefined, flags: string, width = '', digits: string | undefined, kind: string) => {
      if (kind === '%') return '%'
      if (!/[diouxXeEfFgGcrsa]/.test(kind)) throw new Unsupported(`code: conversion ${all}`)
      const size = width === '*' ? widthOf(next(all)) : widthOf(Number(width))
      const precision = digits === '*' ? widthOf(next(all)) : digits === undefined ? null : widthOf(Number(digits))
      const value = key === undefined ? next(all) : named?.get(key)
      if (value === undefined) throw new Unsupported(`code: conversion ${all}`)
      const shown = converted(value, kind, precision, flags.includes('#'))
      const isNumber = !/[srac]/.test(kind)
      const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
      const align = flags.includes('-') ? '<' : isNumber && flags.includes('0') ? '=' : '>'
      return aligned(isNumber ? signed(shown, sign) : shown, align, align === '=' ? '0' : ' ', size)
    },
  )
  if (named === null && values.length > 0)
    throw raised('TypeError', 'not all arguments converted during string formatting')
  return text
}

function signed(text: string, sign: string): string {
  return text.startsWith('-') || sign === '-' ? text : sign + text
}

function aligned(text: string, align: string, fill: string, size: number): string {
  if (align === '<') return text.padEnd(size, fill)
  if (align === '^') return text.padStart(text.length + Math.floor((size - text.length) / 2), fill).padEnd(size, fill)
  if (align !== '=') return text.padStart(size, fill)
  const [, sign = '', digits = ''] = /^([-+ ]?(?:0[xXob])?)(.*)$/s.exec(text) ?? []
  return sign + digits.padStart(size - sign.length, fill)
}

/** One value by a conversion of `%`. */
function converted(value: Value, kind: string, precision: number | null, isMarked: boolean): string {
  if (/[sra]/.test(kind)) return (kind === 's' ? textOf(value) : reprOf(value)).slice(0, precision ?? undefined)
  if (kind === 'c') return typeof value === 'string' ? value : characterOf(value)
  if (worth(value) === undefined) throw new Unsupported(`code: %${kind} of ${reprOf(value)}`)
  if (!/[dioxXu]/.test(kind)) return realText(realOf(value), kind, precision, isMarked)
  if (value instanceof Float && /[oxX]/.test(kind))
    throw raised('TypeError', `%${kind} format: an integer is required, not float`)
  const text = intText(value instanceof Float ? truncated(value.value) : intOf(value), kind, isMarked)
  return precision === null ? text : aligned(text, '=', '0', precision + (/^-?(?:0[xXo])?/.exec(text)?.[0].length ?? 0))
}

/** chr() @throws {CodeError} for what is no character */
export function characterOf(value: Value): string {
  const code = Number(intOf(value))
  if (!(code >= 0 && code <= 0x10ffff)) throw raised('ValueError', 'chr() arg not in range(0x110000)')
  return String.fromCodePoint(code)
}

const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 }

/** An int by `d x X o b`; with its base before it where that is asked for. */
export function intText(value: Int, kind: string, isMarked: boolean): string {
  const digits = (value < 0 ? -value : value).toString(BASES[kind] ?? 10)
  const base = isMarked && BASES[kind] !== undefined ? `0${kind}` : ''
  return `${value < 0 ? '-' : ''}${base}${kind === 'X' ? digits.toUpperCase() : digits}`
}

/** A float by `e f g`. */
function realText(value: number, kind: string, precision: number | null, isMarked: boolean): string {
  if (isMarked) throw new Unsupported(`code: %#${kind}`)
  const digits = precision ?? 6
  const text =
    kind.toLowerCase() === 'e'
      ? exponentText(value, digits)
      : kind.toLowerCase() === 'f'
        ? fixedText(value, digits)
        : generalText(value, digits)
  return /[EFG]/.test(kind) ? text.toUpperCase() : text
}

/** A number by the kind of a format specification. */
function numberFormatted(value: Int | Float, kind: string, precision: number | null, isMarked: boolean): string {
  const number = value instanceof Float ? value.value : value
  if (isMarked && (value instanceof Float || /[eEfFgG%]/.test(kind))) throw new Unsupported(`code: format #${kind}`)
  if (kind === '%') return `${fixedText(realOf(value) * 100, precision ?? 6)}%`
  if (/[eEfFgG]/.test(kind))
    return realText(typeof number === 'bigint' ? doubleOf(number) : number, kind, precision, isMarked)
  if (value instanceof Float) {
    if (kind === 'n') return generalText(value.value, precision ?? 6)
    if (kind === '') return precision === null ? floatText(value.value) : generalText(value.value, precision, true)
  }
  if (kind === 's' || value instanceof Float)
    throw raised('ValueError', `Unknown format code '${kind}' for object of type '${typeOf(value)}'`)
  if (precision !== null) throw raised('ValueError', 'Precision not allowed in integer format specifier')
  return kind === 'c' ? characterOf(value) : intText(value, kind, isMarked)
}

/** One value by a format specification: `5.2f`, `04d`, `x`, `<8`, `,`. */
export function formatOne(value: Value, conversion: string, spec: string): string {
  const shown = conversion === 'r' || conversion === 'a' ? reprOf(value) : conversion === 's' ? textOf(value) : value
  if (spec === '') return textOf(shown)
  const match = SPECIFICATION.exec(spec)
  if (match === null || /,.*[bcnosxX]$/.test(spec)) throw new Unsupported(`code: format ${spec}`)
  const [, fill, align = '', sign = '', mark = '', zero = '', width = '', comma = '', digits, kind = ''] = match
  const precision = digits === undefined ? null : widthOf(Number(digits))
  const isNumber = worth(shown) !== undefined
  if (!isNumber && kind !== '' && kind !== 's') throw new Unsupported(`code: %${kind} of ${reprOf(shown)}`)
  let text = isNumber
    ? signed(numberFormatted(shown instanceof Float ? shown : intOf(shown), kind, precision, mark !== ''), sign)
    : textOf(shown).slice(0, precision ?? undefined)
  if (comma !== '') text = text.replace(/\B(?=(?:\d{3})+(?!\d)(?<!\.\d*))/g, ',')
  const place = align || (isNumber ? (zero === '' ? '>' : '=') : '<')
  const size = widthOf(Number(width))
  if (comma !== '' && place === '=' && text.length < size) throw new Unsupported(`code: format ${spec}`)
  return aligned(text, place, fill ?? (zero === '' ? ' ' : '0'), size)
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
