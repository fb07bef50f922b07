/**
 * What a table has under a name that somebody else wrote. Every object has names of its language beside its own: `toString` is nobody's
 * entry.
 *
 * @example entryOf({ read: 1 }, 'toString') // undefined
 */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
