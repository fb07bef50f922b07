import { nearest, orList } from '../../base/index.ts'
import type { Position } from '../language/position.ts'

/** A script asks for something that this runner or its stack does not have: the script is skipped, never passed. */
export class Unsupported extends Error {
  override readonly name: string = 'Unsupported'

  /** @param what named as the script names it: `setsockopt TCP_ZEROCOPY_RECEIVE` */
  constructor(what: string) {
    super(`unsupported ${what}`)
  }
}

/** What may be meant by an unknown name: ` (did you mean TCP_NODELAY?)`; empty where nothing is near. */
export function meant(name: string, names: Iterable<string>): string {
  const near = nearest(name, names)
  return near.length === 0 ? '' : ` (did you mean ${orList(near)}?)`
}

/** Something came out otherwise than the script says. The message may have several lines: expected and seen. */
export class Mismatch extends Error {
  override readonly name: string = 'Mismatch'
}

/** How one script ended. */
export interface ScriptResult {
  readonly file: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped; empty when it passed. The first line says it short. */
  readonly reason: string
  /** Where in the script; null when it passed. */
  readonly position: Position | null
  /** False when it could not be read: a syntax error, or an unknown option. */
  readonly readable: boolean
  /** The sequence diagram of the run; empty when nothing ran, and of a script that did not fail unless it was asked for. */
  readonly ladder: string
  /** What the script printed, and with `--verbose` each event as it happened. */
  readonly output: readonly string[]
  /** What the host under test had counted at the end, by nstat's names; empty when nothing ran. */
  readonly counters: ReadonlyMap<string, number>
}
