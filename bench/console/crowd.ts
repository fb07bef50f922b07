import type { FindingMessage, HostReading } from 'lastack/host'
import type { RowState, SocketRow } from 'lastack/inspect'

const STATES: readonly RowState[] = ['ESTABLISHED', 'CLOSE-WAIT', 'FIN-WAIT-2', 'ESTABLISHED']

/** Connections that are over at each reading, and as many that are new. */
const REPLACED = 200
/** Sockets of the finding. */
const LEAKED = 500
/** Readings that its line shows. */
const COUNTS_MAX = 120

/**
 * A host with about so many connections, each of which is another at each reading: state or queues. Some end and others come, and of some
 * the doctor has found something: the state diagram has counts, arrows and a state that is warm.
 */
export class Crowd {
  readonly #count: number
  readonly #counts: { at: number; count: number }[] = []
  #reading = 0

  constructor(count: number) {
    this.#count = count
  }

  readonly read = (): Promise<HostReading> => {
    this.#reading++
    const takenAt = Date.now()
    const rows = Array.from({ length: this.#count + (this.#reading % 7) }, (_, i) => this.#row(i))
    const facts = {
      takenAt,
      tookMs: this.#reading % 90,
      hostname: 'crowd',
      source: 'netlink',
      lacks: [],
      states: {},
    } as const
    const aged = [{ state: 'CLOSE-WAIT', count: LEAKED + this.#reading, beyond: 60 }] as const
    const diagnosis = { findings: [this.#finding(takenAt)], sysctls: {}, aged }
    return Promise.resolve({ facts: { ...facts, total: rows.length, received: rows.length, diagnosis }, rows })
  }

  #finding(at: number): FindingMessage {
    this.#counts.push({ at, count: LEAKED + this.#reading })
    return {
      id: 'close-wait-server/nginx/443',
      rule: 'close-wait-server',
      title: `nginx leaks ${LEAKED + this.#reading} connections in CLOSE-WAIT on port 443`,
      severity: 'warning',
      evidence: [{ name: 'stale in CLOSE-WAIT', value: LEAKED + this.#reading, unit: 'sockets' }],
      owner: { kind: 'unknown' },
      since: null,
      growthPerMinute: 60,
      explanation: ['', '', ''],
      remedies: [],
      myth: null,
      cookies: Array.from({ length: LEAKED }, (_, i) => String(10 * i + 1)),
      counts: this.#counts.slice(-COUNTS_MAX),
    }
  }

  #row(i: number): SocketRow {
    const turn = i + this.#reading
    // The last of them are others each time.
    const life = i >= this.#count - REPLACED ? this.#reading : 0
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
      cookie: BigInt(i + 1 + life * 1_000_000),
      owners: [{ pid: 800 + (i % 8), command: 'nginx', fd: i % 16_384 }],
    }
  }
}
