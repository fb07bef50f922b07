import { pollFile } from './poll-file.ts'
import type { Scene } from './scene.ts'

/** EPOLLERR and EPOLLHUP are told without being asked for. */
const ALWAYS = 0x8 | 0x10
const ET = 2 ** 31
const ONESHOT = 2 ** 30

/** One watched descriptor. */
interface Watch {
  readonly fd: number
  events: number
  data: number
  /** Edge-triggered: what was true when it was last told; what is new since then is told. */
  told: number
  /** What had arrived when it was last told: more of it is a new edge. */
  arrived: number
  spent: boolean
}

/** What epoll_wait() tells of a descriptor. */
export interface EpollEvent {
  readonly events: number
  readonly data: number
}

/** An epoll instance: level-triggered, edge-triggered, one-shot. */
export class Epoll {
  readonly #watches = new Map<number, Watch>()

  /** EPOLL_CTL_ADD, DEL and MOD; 0 or the name of an errno. */
  control(operation: number, fd: number, events: number, data: number): 0 | 'EEXIST' | 'ENOENT' | 'EINVAL' {
    const watch = this.#watches.get(fd)
    switch (operation) {
      case 1:
        if (watch !== undefined) return 'EEXIST'
        this.#watches.set(fd, { fd, events, data, told: 0, arrived: 0, spent: false })
        return 0
      case 2:
        return this.#watches.delete(fd) ? 0 : 'ENOENT'
      case 3:
        if (watch === undefined) return 'ENOENT'
        this.#watches.set(fd, { fd, events, data, told: 0, arrived: 0, spent: false })
        return 0
      default:
        return 'EINVAL'
    }
  }

  /** The descriptor has been closed. */
  forget(fd: number): void {
    this.#watches.delete(fd)
  }

  /** What is to be told now, at most `most`; edges are told once. */
  ready(scene: Scene, most: number): EpollEvent[] {
    const found: EpollEvent[] = []
    for (const watch of this.#watches.values()) {
      if (found.length === most) break
      const events = this.#look(scene, watch)
      if (events === 0) continue
      if (this.#isOneShot(watch)) watch.spent = true
      found.push({ events, data: watch.data })
    }
    return found
  }

  #isOneShot({ events }: Watch): boolean {
    return (events & ONESHOT) !== 0
  }

  #look(scene: Scene, watch: Watch): number {
    if (watch.spent) return 0
    const { bits, arrived } = pollFile(scene, watch.fd)
    const wanted = bits & (watch.events | ALWAYS)
    if (Math.floor(watch.events / ET) % 2 === 0) return wanted
    const fresh = (wanted & ~watch.told) !== 0 || arrived > watch.arrived
    watch.told = wanted
    watch.arrived = arrived
    return fresh ? wanted : 0
  }
}
