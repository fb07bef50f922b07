/** Names of users, as /etc/passwd has them. */
import { readFileSync } from 'node:fs'
import { visible } from '../proc/visible.ts'

/** A look-up of names by number; the file is read once, at the first question. A user that is only known elsewhere has none. */
export function userNames(path: string = '/etc/passwd'): (uid: number) => string | undefined {
  let names: ReadonlyMap<number, string> | undefined
  return (uid) => {
    names ??= parsePasswd(visible(() => readFileSync(path, 'utf8')) ?? '')
    return names.get(uid)
  }
}

function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':')
    if (name === undefined || uid === undefined || !/^\d+$/.test(uid)) continue
    if (!names.has(Number(uid))) names.set(Number(uid), name)
  }
  return names
}
