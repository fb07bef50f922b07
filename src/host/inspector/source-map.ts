/** From a place in compiled code to the one in what was compiled, by the source map that the script names. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCode } from '../errors.ts'

/** A place in a file. */
export interface Place {
  /** A path, or whatever URL the script has. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** Larger maps are not read, octets. */
const MAP_MAX = 32 * 1024 * 1024
/** A bundler's name for the folder that it was started in. */
const BUNDLED = /^webpack:\/\/[^/]*\//
const INLINE = /^data:application\/json[^,]*?(;base64)?,/

/**
 * Translates places of one program.
 * @example new SourceMaps('/proc/77/root').originalOf({ file: '/app/dist/a.js', line: 9, column: 3 }, 'a.js.map')
 */
export class SourceMaps {
  readonly #root: string
  readonly #maps = new Map<string, SourceMap>()

  /** @param root what the program has for `/`: in a container another than ours */
  constructor(root: string) {
    this.#root = root
  }

  /**
   * Where it was written; undefined where no map tells.
   * @param url the script's sourceMappingURL, empty for none
   */
  originalOf({ file, line, column }: Place, url: string): Place | undefined {
    if (url === '' || !file.startsWith('/')) return undefined
    try {
      const entry = this.#mapOf(file, url).findEntry(line - 1, column - 1)
      if (!('originalSource' in entry)) return undefined
      const from = INLINE.test(url) ? file : pathOf(file, url)
      const source = BUNDLED.test(entry.originalSource)
        ? posix.normalize(entry.originalSource.replace(BUNDLED, ''))
        : pathOf(from, entry.originalSource)
      return { file: source, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
    } catch (error) {
      // There may be no source map, or none at the address that the code names: then the place in the compiled code has to do.
      if (FAULTS.some((kind) => error instanceof kind) || errorCode(error) !== undefined) return undefined
      throw error
    }
  }

  #mapOf(file: string, url: string): SourceMap {
    let map = this.#maps.get(file)
    if (map === undefined) {
      const inline = INLINE.exec(url)
      const text = inline === null ? this.#read(pathOf(file, url)) : inlineText(url, inline)
      map = new SourceMap(JSON.parse(text))
      this.#maps.set(file, map)
    }
    return map
  }

  /** The text of a file that the program has; it may be anything: what is no file, or too large, is not read. */
  #read(path: string): string {
    const fd = openSync(this.#root + path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const status = fstatSync(fd)
      if (!status.isFile() || status.size > MAP_MAX) throw new TypeError('no source map')
      return readFileSync(fd, 'utf8')
    } finally {
      closeSync(fd)
    }
  }
}

/** What is thrown for a text that is no JSON, an address that is none, or a map that is broken. */
const FAULTS = [SyntaxError, TypeError, URIError, RangeError] as const

/** The path behind an address that is relative to a file. */
function pathOf(file: string, url: string): string {
  if (url.startsWith('file:')) return fileURLToPath(url)
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) throw new TypeError(`no file: ${url}`)
  return resolve(dirname(file), decodeURIComponent(url))
}

function inlineText(url: string, [head, base64]: RegExpExecArray): string {
  const rest = url.slice(head.length)
  return base64 === undefined ? decodeURIComponent(rest) : Buffer.from(rest, 'base64').toString()
}
