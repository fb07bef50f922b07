import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../../lwip/ends.c', import.meta.url))
const HEADERS = '/usr/include/lwip'

/** lwIP with what a port should do for it, and as the distribution's library does without. */
export type Variant = 'ported' | 'packaged'

/** The program that measures lwIP, compiled for this run. */
export interface Ends {
  /** lwIP's version, and octets or connections a second, by the program's own arguments. */
  readonly run: (variant: Variant, ...words: readonly (string | number)[]) => { version: string; rate: number }
  readonly remove: () => void
}

/** Where the compiler finds lwIP's shared library; '' when it does not. */
function library(): string {
  const path = spawnSync('gcc', ['-print-file-name=liblwip.so'], { encoding: 'utf8' }).stdout.trim()
  return isAbsolute(path) && existsSync(path) ? path : ''
}

/** What is missing and how to get it; '' when nothing is. */
export function whyNoLwip(): string {
  if (process.platform !== 'linux') return 'needs Linux'
  if (spawnSync('gcc', ['--version']).error !== undefined) return 'needs gcc: apt-get install gcc libc6-dev liblwip-dev'
  if (library() === '' || !existsSync(join(HEADERS, 'lwip/tcp.h'))) return 'needs lwIP: apt-get install liblwip-dev'
  return ''
}

/** Compiles both variants into a folder of their own. */
export function build(): Ends {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-lwip-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  // Without a handler a signal ends Node at once, and past the line above.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  // Two files, or the loader would take the second for the first.
  const libraries = ['a.so', 'b.so'].map((name) => join(folder, name))
  for (const copy of libraries) copyFileSync(library(), copy)
  const options = ['-O2', `-I${HEADERS}`, '-rdynamic']
  for (const [variant, more] of [
    ['ported', []],
    ['packaged', ['-DAS_PACKAGED']],
  ] as const) {
    execFileSync('gcc', [...options, ...more, '-o', join(folder, variant), SOURCE, '-ldl'], { stdio: 'inherit' })
  }
  return {
    run: (variant, ...words) => {
      // A port would have pools; glibc has them too, but as it is only for what is smaller than a segment.
      const pools =
        variant === 'ported' ? { GLIBC_TUNABLES: 'glibc.malloc.tcache_max=4096:glibc.malloc.tcache_count=1000' } : {}
      const { status, stdout } = spawnSync(join(folder, variant), [...libraries, ...words.map(String)], {
        encoding: 'utf8',
        env: { ...process.env, ...pools },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      if (status !== 0) process.exit(1)
      const [version = '', rate = ''] = stdout.trim().split(' ')
      return { version, rate: Number(rate) }
    },
    remove,
  }
}
