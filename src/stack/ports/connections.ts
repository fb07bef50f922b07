import { assert, TupleTable } from '../../base/index.ts'
import type { Tcb } from '../../tcp/index.ts'

/** Every connection that has a 4-tuple and a control block, found by its 4-tuple. Listeners and TIME-WAIT are elsewhere. */
export class Connections {
  readonly #table: TupleTable
  readonly #tcbs: (Tcb | null)[] = []
  readonly #free: number[] = []

  /** @param seed any int32, secret where strangers choose the addresses. */
  constructor(seed: number) {
    this.#table = new TupleTable(seed)
  }

  get size(): number {
    return this.#table.size
  }

  /** `local` is the local address's number, `ports` local port << 16 | remote port. */
  find(r0: number, r1: number, r2: number, r3: number, local: number, ports: number): Tcb | null {
    const slot = this.#table.find(r0, r1, r2, r3, local, ports)
    return slot < 0 ? null : (this.#tcbs[slot] as Tcb)
  }

  /** Whether a connection is in the table. */
  holds(tcb: Tcb, local: number): boolean {
    const { w0, w1, w2, w3 } = tcb.remote
    return this.find(w0, w1, w2, w3, local, (tcb.localPort << 16) | tcb.remotePort) === tcb
  }

  add(tcb: Tcb, local: number): void {
    const { w0, w1, w2, w3 } = tcb.remote
    const slot = this.#free.pop() ?? this.#tcbs.push(null) - 1
    this.#tcbs[slot] = tcb
    this.#table.insert(w0, w1, w2, w3, local, (tcb.localPort << 16) | tcb.remotePort, slot)
  }

  remove(tcb: Tcb, local: number): void {
    const { w0, w1, w2, w3 } = tcb.remote
    const ports = (tcb.localPort << 16) | tcb.remotePort
    const slot = this.#table.take(w0, w1, w2, w3, local, ports)
    assert(slot >= 0 && this.#tcbs[slot] === tcb, 'a connection is unregistered that was not registered')
    this.#tcbs[slot] = null
    this.#free.push(slot)
  }

  /** Visits every connection in the order of their numbers' slots. They must not be added or removed meanwhile. */
  forEach(visit: (tcb: Tcb) => void): void {
    for (const tcb of this.#tcbs) {
      if (tcb !== null) visit(tcb)
    }
  }
}
