/** Where the programs are that tests start. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type programs from './programs.json'

/** A program that tests start: `programs.json` has it with its Debian package, and `npm test` installs from that list. */
export type Program = keyof typeof programs

/** Whether this process may do that to a file. */
export function hasAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** Where a program is, looked for along PATH and in the system's own folders, or undefined. */
export function programPath(name: Program): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => hasAccess(path, constants.X_OK))
}
