import { type PollLook, pollFile, pollForRoom } from './poll-file.ts'
import type { EpollEvent, EpollFile, File, Scene } from './scene.ts'

/** EPOLLERR and EPOLLHUP are told without being asked for. */
const ALWAYS = 0x8 | 0x10
/** Data, in all its bands: what wakes who asked to read. */
const READ = 0x1 | 0x2 | 0x40 | 0x80
/** The same for room. */
const WRITE = 0x4 | 0x100 | 0x200
const EXCLUSIVE = 2 ** 28
const ONESHOT = 2 ** 30
const ET = 2 ** 31
/** What may be asked for together with EPOLLEXCLUSIVE: IN, OUT, ERR, HUP, WAKEUP, ET. */
const WITH_EXCLUSIVE = 0x1 | 0x4 | ALWAYS | (2 ** 29)
/** Instances that watch one another in a row, at most. */
const NESTS_MOST = 4
const ADD = 1
const DEL = 2
const MOD = 3

/** One watched descriptor. */
interface Watch {
  readonly fd: number
  /** By which its file is found: another descriptor of it, once `fd` is closed. */
  via: number
  readonly events: number
  readonly data: number
  readonly edgeTriggered: boolean
  readonly exclusive: boolean
  /** What was true when it was last looked at: what has come since then is an edge. */
  seen: PollLook
  /** Something has happened since it was last told. */
  edge: boolean
  spent: boolean
}

const has = (events: number, bit: number): boolean => Math.floor(events / bit) % 2 === 1

/** An epoll instance: level-triggered, edge-triggered, one-shot. */
export class Epoll implements EpollFile {
  /** By descriptor; below 0: whose descriptor is closed. */
  readonly #watches = new Map<number, Watch>()
  #orphans = 0
  /** How often something has happened that wakes who watches this instance. */
  wakes = 0
  /** Whom something has happened to, in that order; whoever is told of and goes on being ready goes to the end. */
  #queue = new Set<Watch>()

  /** EPOLL_CTL_ADD, DEL and MOD; 0 or the name of an errno. */
  control(
    scene: Scene,
    operation: number,
    fd: number,
    events: number,
    data: number,
  ): 0 | 'EEXIST' | 'ENOENT' | 'EINVAL' | 'ELOOP' {
    const watch = this.#watches.get(fd)
    if (has(events, EXCLUSIVE) && operation !== DEL && !mayBeExclusive(scene, operation, fd, events)) return 'EINVAL'
    const target = scene.files.get(fd)
    if (operation === ADD && instances([target]).some((other) => this.#closesLoop(scene, other))) return 'ELOOP'
    if (operation === ADD && watch !== undefined) return 'EEXIST'
    if ((operation === DEL || operation === MOD) && watch === undefined) return 'ENOENT'
    if (operation === MOD && watch?.exclusive === true) return 'EINVAL'
    switch (operation) {
      case DEL:
        this.#forget(fd)
        return 0
      case ADD:
      case MOD:
        this.#watch(watch, {
          ...{ fd, via: fd, events, data, edgeTriggered: has(events, ET), exclusive: has(events, EXCLUSIVE) },
          ...{ seen: pollForRoom(scene, fd), edge: true, spent: false },
        })
        return 0
      default:
        return 'EINVAL'
    }
  }

  /** A watch that is changed keeps its place in the queue, if it has one. */
  #watch(before: Watch | undefined, watch: Watch): void {
    this.#watches.set(watch.fd, watch)
    if (before !== undefined && this.#queue.has(before))
      this.#queue = new Set([...this.#queue].map((one) => (one === before ? watch : one)))
    else if ((watch.seen.bits & (watch.events | ALWAYS)) !== 0) {
      this.#queue.add(watch)
      this.wakes++
    }
  }

  /** The descriptor has been closed. @param twin another one of its file, which goes on being watched then */
  closed(fd: number, twin: number | undefined): void {
    for (const [key, watch] of [...this.#watches]) {
      if (watch.via !== fd) continue
      if (twin === undefined) this.#forget(key)
      else watch.via = twin
      if (twin === undefined || key !== fd) continue
      this.#watches.delete(key)
      this.#watches.set(--this.#orphans, watch)
    }
  }

  #forget(key: number): void {
    const watch = this.#watches.get(key)
    if (watch !== undefined) this.#queue.delete(watch)
    this.#watches.delete(key)
  }

  /** Whether this one, watching `other`, would come to be watched by itself, or stand in too long a row. */
  #closesLoop(scene: Scene, other: Epoll): boolean {
    return other.#reaches(scene, this) || other.#rowBelow(scene) + 1 + this.#rowAbove(scene) > NESTS_MOST
  }

  #reaches(scene: Scene, other: Epoll): boolean {
    return this === other || this.#watched(scene).some((one) => one.#reaches(scene, other))
  }

  #rowBelow(scene: Scene): number {
    return Math.max(0, ...this.#watched(scene).map((one) => 1 + one.#rowBelow(scene)))
  }

  #rowAbove(scene: Scene): number {
    const watchers = instances([...scene.files.values()]).filter((one) => one.#watched(scene).includes(this))
    return Math.max(0, ...watchers.map((one) => 1 + one.#rowAbove(scene)))
  }

  /** The instances that this one watches. */
  #watched(scene: Scene): Epoll[] {
    return instances([...this.#watches.values()].map(({ via }) => scene.files.get(via)))
  }

  /** Something may have happened: edges are noticed when they come, not when somebody asks. The watch that was added last notices first. */
  observe(scene: Scene): void {
    for (const watch of [...this.#watches.values()].reverse()) this.#notice(watch, pollFile(scene, watch.via))
  }

  #notice(watch: Watch, look: PollLook): void {
    const { seen, events } = watch
    // A file that counts how often room came, after somebody had found none, wakes by that count, not by being writable.
    const counted = look.room !== null && seen.room !== null
    const rising = look.bits & ~seen.bits & (events | ALWAYS) & (counted ? ~WRITE : -1)
    const room = counted && (look.room as number) > (seen.room as number) && (events & WRITE) !== 0
    // Less than SO_RCVLOWAT asks for wakes nobody.
    const data = look.arrived > seen.arrived && (look.bits & READ) !== 0 && (events & READ) !== 0
    if (rising !== 0 || data || room || look.changes > seen.changes) {
      watch.edge = true
      this.#queue.add(watch)
      this.wakes++
    }
    watch.seen = look
  }

  /** Whether there is something to tell; an epoll instance is readable then. */
  hasReady(scene: Scene): boolean {
    return [...this.#watches.values()].some((watch) => this.#wanted(scene, watch) !== 0)
  }

  /** What is to be told now, at most `most`, in the order in which it came to be; edges are told once. */
  ready(scene: Scene, most: number): EpollEvent[] {
    const found: EpollEvent[] = []
    for (const watch of this.#watches.values()) if (this.#wanted(scene, watch) !== 0) this.#queue.add(watch)
    for (const watch of [...this.#queue]) {
      if (found.length === most) break
      this.#queue.delete(watch)
      const events = this.#wanted(scene, watch)
      // Looked at it was, and who finds no room then waits for some.
      pollForRoom(scene, watch.via)
      if (events === 0) continue
      watch.edge = false
      if (has(watch.events, ONESHOT)) watch.spent = true
      else if (!watch.edgeTriggered) this.#queue.add(watch)
      found.push({ events, data: watch.data })
    }
    return found
  }

  #wanted(scene: Scene, watch: Watch): number {
    if (watch.spent) return 0
    this.#notice(watch, pollFile(scene, watch.via))
    return watch.edgeTriggered && !watch.edge ? 0 : watch.seen.bits & (watch.events | ALWAYS)
  }
}

function instances(files: readonly (File | undefined)[]): Epoll[] {
  return files.flatMap((file) => (file?.kind === 'epoll' && file.epoll instanceof Epoll ? [file.epoll] : []))
}

/** EPOLLEXCLUSIVE is for ADD alone, with few other bits, and not of an epoll instance. */
function mayBeExclusive(scene: Scene, operation: number, fd: number, events: number): boolean {
  const others = (events % EXCLUSIVE) | (has(events, 2 ** 29) ? 2 ** 29 : 0)
  const oneShot = has(events, ONESHOT)
  return operation === ADD && (others & ~WITH_EXCLUSIVE) === 0 && !oneShot && scene.files.get(fd)?.kind !== 'epoll'
}
