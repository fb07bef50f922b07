import { SECOND } from '../../base/index.ts'
import { type LearnedPaths, noPathMetrics, type PathEnds, type PathMetrics } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'

/** What was learned longer ago says nothing. */
const LIFE_US = 3600 * SECOND
/** Paths that are remembered; the oldest goes first. */
const PATHS_MAX = 4096

interface Path {
  readonly local: Address
  readonly remote: Address
  readonly key: string
  metrics: PathMetrics
}

/** What connections learned of paths, by the addresses of both ends (`ip tcp_metrics`). */
export class PathMetricsCache implements LearnedPaths {
  readonly #paths = new Map<string, Path>()
  /** Many connections in a row have the same ends. */
  #last: Path | null = null

  of(ends: PathEnds, create: boolean): PathMetrics | null {
    const path = this.#find(ends, create)
    if (path === null) return null
    const { now } = ends.host
    if (now - path.metrics.at > LIFE_US) path.metrics = noPathMetrics(now)
    return path.metrics
  }

  #find({ local, remote, host }: PathEnds, create: boolean): Path | null {
    if (this.#paths.size === 0 && !create) return null
    const last = this.#last
    if (last?.remote.equals(remote) && last.local.equals(local)) return last
    const key = `${local.toString()} ${remote.toString()}`
    const known = this.#paths.get(key)
    if (known === undefined && !create) return null
    const path = known ?? { local, remote, key, metrics: noPathMetrics(host.now) }
    if (known === undefined) this.#add(path)
    this.#last = path
    return path
  }

  #add(path: Path): void {
    this.#paths.set(path.key, path)
    if (this.#paths.size <= PATHS_MAX) return
    for (const oldest of this.#paths.keys()) {
      this.#paths.delete(oldest)
      return
    }
  }

  /** `ip tcp_metrics flush`. */
  forget(): void {
    this.#paths.clear()
    this.#last = null
  }
}
