import type { Value } from './ast.ts'

/** What Python takes for true. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return value.length > 0
  return Boolean(value)
}
