import type { HostReading } from 'lastack/host'
import type { RowState, SocketRow } from 'lastack/inspect'

const STATES: readonly RowState[] = ['ESTABLISHED', 'CLOSE-WAIT', 'FIN-WAIT-2', 'ESTABLISHED']

/** A host with so many connections, each of which is another at each reading: state or queues. */
export class Crowd {
  readonly #count: number
  #reading = 0

  constructor(count: number) {
    this.#count = count
  }

  readonly read = (): Promise<HostReading> => {
    this.#reading++
    const rows = Array.from({ length: this.#count }, (_, i) => this.#row(i))
    const facts = {
      takenAt: Date.now(),
      tookMs: 0,
      hostname: 'crowd',
      source: 'netlink',
      lacks: [],
      states: {},
    } as const
    const counts = { total: rows.length, received: rows.length, diagnosis: { findings: [], sysctls: {} } }
    return Promise.resolve({ facts: { ...facts, ...counts }, rows })
  }

  #row(i: number): SocketRow {
    const turn = i + this.#reading
    return {
      source: 'netlink',
      netid: 'tcp',
      family: 4,
      state: i % 10 === 0 ? (STATES[turn % STATES.length] as RowState) : 'ESTABLISHED',
      local: { address: '10.9.9.9', port: 443 },
      peer: { address: `10.${i % 7}.${i % 251}.${i % 241}`, port: 1024 + (i % 60_000) },
      recvQueue: turn % 1000,
      sendQueue: (turn * 7) % 1000,
      uid: 33,
      inode: 100_000 + i,
      cookie: BigInt(i + 1),
      owners: [{ pid: 800 + (i % 8), command: 'nginx', fd: i % 16_384 }],
    }
  }
}
