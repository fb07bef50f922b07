import { readFileSync } from 'node:fs'
import { PACKAGE_FOLDER } from './package-folder.ts'

/** The package's version. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8'))
  return manifest.version
}
