import { readFileSync } from 'node:fs'

/** The package's version; its package.json stands above both src/ and dist/. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return manifest.version
}
