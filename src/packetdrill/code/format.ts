import { Unsupported } from '../run/outcome.ts'
import type { Value } from './ast.ts'

const CONVERSION = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?[lh]*([diouxXeEfFgGcrs%])/g

/** Python's str(). */
export function textOf(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'object') return `(${value.map(reprOf).join(', ')}${value.length === 1 ? ',' : ''})`
  return String(value)
}

function reprOf(value: Value): string {
  return typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : textOf(value)
}

/** Python's `format % values`. @throws {Unsupported} for a conversion that is not known, or too few values */
export function formatted(format: string, given: Value): string {
  const values = Array.isArray(given) ? [...(given as readonly Value[])] : [given]
  return format.replace(
    CONVERSION,
    (all, key: string | undefined, flags: string, width = '', precision = '', kind: string) => {
      if (kind === '%') return '%'
      if (key !== undefined || values.length === 0) throw new Unsupported(`code: conversion ${all}`)
      const text = converted(values.shift() as Value, kind, precision)
      const size = Number(width)
      if (flags.includes('-')) return text.padEnd(size)
      return text.padStart(size, flags.includes('0') && kind !== 's' ? '0' : ' ')
    },
  )
}

function converted(value: Value, kind: string, precision: string): string {
  if (kind === 's') return precision === '' ? textOf(value) : textOf(value).slice(0, Number(precision))
  if (kind === 'r') return reprOf(value)
  const number = Number(value)
  switch (kind) {
    case 'd':
    case 'i':
    case 'u':
      return String(Math.trunc(number))
    case 'x':
      return Math.trunc(number).toString(16)
    case 'X':
      return Math.trunc(number).toString(16).toUpperCase()
    case 'o':
      return Math.trunc(number).toString(8)
    case 'e':
    case 'E':
      return number.toExponential(precision === '' ? 6 : Number(precision))
    case 'c':
      return typeof value === 'string' ? value : String.fromCharCode(number)
    case 'f':
    case 'F':
      return number.toFixed(precision === '' ? 6 : Number(precision))
    default:
      return String(number)
  }
}
