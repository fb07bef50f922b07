import type { FindingMessage, MoveMessage, TableFacts } from 'lastack/host'
import {
  matches,
  type PortRange,
  parseSearch,
  type RowBefore,
  type RowSink,
  type RowState,
  RowStreamReader,
  type Search,
  type StreamedRow,
} from 'lastack/inspect'
import { compareBy } from './compare.ts'
import { completionsOf } from './completions.ts'
import type { Entry } from './entry.ts'
import { gather, inOrder } from './gather.ts'
import { type HostQuery, PROTOCOLS, type Protocol, protocolOf } from './query.ts'
import type { Completions, GroupItem, RowItem, SocketView, TableSummary, TableWindow, ViewItem } from './view.ts'
import { endpointText, ownerText } from './words.ts'

/** How long a change stays marked, ms: longer than one reading, so that the eye has time to arrive. */
const FRESH_MS = 2_500
/** States remembered of a socket: a life has fewer. */
const PAST_MAX = 16

/** The rows that pass a query, and what is counted on the way. */
interface Filtered extends Pick<TableSummary, 'states' | 'protocols' | 'findings'> {
  readonly kept: Entry[]
}

/** Which findings the sockets belong to that one meets. */
class MetFindings {
  readonly met: Set<string> = new Set()
  private readonly byCookie = new Map<bigint, string[]>()

  constructor(findings: readonly FindingMessage[]) {
    for (const { id, cookies } of findings) {
      for (const cookie of cookies.map(BigInt)) this.byCookie.set(cookie, [...(this.byCookie.get(cookie) ?? []), id])
    }
  }

  meet(cookie: bigint | undefined): void {
    if (cookie === undefined || this.byCookie.size === 0) return
    for (const id of this.byCookie.get(cookie) ?? []) this.met.add(id)
  }
}

function keyOf(row: StreamedRow): string {
  if (row.cookie !== undefined && row.cookie !== 0n) return `${row.netns ?? ''} ${row.netid} ${row.cookie}`.trimStart()
  if (protocolOf(row.netid) === 'unix') return `${row.netid} ${row.inode ?? row.path ?? ''}`
  return `${row.netid} ${endpointText(row.local)} ${endpointText(row.peer)}`
}

function textOf(row: StreamedRow): string {
  const named = row.owners?.map((owner) => `${owner.command} ${owner.pid}`).join(' ')
  const owners = named === undefined || named === '' ? ownerText(row) : named
  const ends = row.path ?? `${endpointText(row.local)} ${endpointText(row.peer)}`
  return `${row.state} ${row.netid} ${ends} ${owners}`.toLowerCase()
}

/** The sockets of one host, reading after reading: what changed, and any stretch of them filtered, gathered and sorted. */
export class SocketTable implements RowSink {
  private readonly rows = new RowStreamReader(this)
  /** By slot of the stream. */
  private slots: (Entry | undefined)[] = []
  private entries: Map<string, Entry> = new Map()
  /** Those from before the table was told anew, until they are found in it or not. */
  private earlier: Map<string, Entry> = new Map()
  /** In the order in which they were last arranged: the next arrangement has little to move. */
  private order: Entry[] = []
  private first = true
  private now = 0
  private facts: TableFacts | null = null
  private query: HostQuery | null = null
  private search: Search = parseSearch('')
  private items: (Entry | GroupItem)[] = []
  private around: TableSummary = emptySummary()
  private stale = true
  /** Changes of state since the reading before, by `from to`. */
  private differences = new Map<string, { readonly from: RowState; readonly to: RowState; count: number }>()

  /** Takes in a reading: marks what is new or changed, forgets what is gone. */
  take(facts: TableFacts, rows: Uint8Array): void {
    this.first = this.facts === null
    this.facts = facts
    this.now = facts.takenAt
    this.differences.clear()
    this.rows.read(rows, facts.takenAt)
    this.earlier.clear()
    this.stale = true
  }

  begin(): void {
    this.earlier = this.entries
    this.entries = new Map()
    this.slots = []
    this.order = []
  }

  put(slot: number, row: StreamedRow): void {
    this.removed(slot)
    const key = this.freeKey(keyOf(row))
    const known = this.earlier.get(key)
    const entry = known === undefined ? this.newEntry(key, row) : { ...known, row, text: null, gone: false }
    if (known !== undefined) this.compare(entry, known.row, row)
    this.slots[slot] = entry
    this.entries.set(key, entry)
    this.order.push(entry)
  }

  private newEntry(key: string, row: StreamedRow): Entry {
    const { now, first } = this
    const change = first ? null : 'new'
    return {
      key,
      row,
      since: first ? now - (row.ageMs ?? 0) : now,
      sinceExact: !first,
      changedAt: now,
      change,
      was: null,
      past: [],
      text: null,
      gone: false,
    }
  }

  changed(slot: number, row: StreamedRow, before: RowBefore): void {
    const entry = this.slots[slot]
    if (entry === undefined) return
    this.compare(entry, before, row)
    entry.text = null
  }

  removed(slot: number): void {
    const entry = this.slots[slot]
    if (entry === undefined) return
    entry.gone = true
    this.countMove(entry.row.state, 'CLOSED')
    this.slots[slot] = undefined
    this.entries.delete(entry.key)
    // Its socket may be there still, told anew: that is found again by its key.
    this.earlier.set(entry.key, entry)
  }

  private compare(entry: Entry, before: RowBefore, row: StreamedRow): void {
    const { now } = this
    if (before.state !== row.state) {
      this.countMove(before.state, row.state)
      entry.was = before.state
      entry.past.push({ state: before.state, since: entry.since, sinceExact: entry.sinceExact })
      if (entry.past.length > PAST_MAX) entry.past.shift()
      entry.change = 'state'
      entry.since = now
      entry.sinceExact = true
      entry.changedAt = now
    } else if (before.recvQueue !== row.recvQueue || before.sendQueue !== row.sendQueue) {
      // A state that is still fresh says more than the queue that moved with it.
      if (entry.change !== 'state' || now - entry.changedAt >= FRESH_MS) entry.change = 'queue'
      if (entry.change === 'queue') entry.changedAt = now
    }
  }

  private countMove(from: RowState, to: RowState): void {
    const key = `${from} ${to}`
    const known = this.differences.get(key)
    if (known === undefined) this.differences.set(key, { from, to, count: 1 })
    else known.count += 1
  }

  /** What connections did since the reading before: as the kernel tells it, and what of it two readings show that it missed. */
  moves(): readonly MoveMessage[] {
    const moves = new Map<string, MoveMessage>(this.differences)
    for (const told of this.facts?.moves ?? []) {
      const key = `${told.from} ${told.to}`
      if (told.count >= (moves.get(key)?.count ?? 0)) moves.set(key, told)
    }
    return [...moves.values()]
  }

  /** Listeners that share a port by SO_REUSEPORT look alike to a source without cookies: number them. */
  private freeKey(key: string): string {
    let free = key
    for (let n = 2; this.entries.has(free); n += 1) free = `${key} #${n}`
    return free
  }

  /** The table as it is now, for whoever wants to look at it at leisure: no reading changes its rows. */
  still(): SocketTable {
    const still = new SocketTable()
    still.now = this.now
    still.facts = this.facts
    still.query = this.query
    still.search = this.search
    still.differences = new Map(this.differences)
    for (const entry of this.order) {
      if (entry.gone) continue
      const copy = { ...entry, row: { ...entry.row }, past: [...entry.past] }
      still.entries.set(copy.key, copy)
      still.order.push(copy)
    }
    return still
  }

  /** The latest reading's facts; `null` before the first. */
  latest(): TableFacts | null {
    return this.facts
  }

  /** Sets what is to be seen. */
  ask(query: HostQuery): void {
    if (query.text !== this.query?.text) this.search = parseSearch(query.text)
    this.query = query
    this.stale = true
  }

  /** What may be typed at a place of a search, of what the rows have; `null`: nothing is known of that place. */
  complete(text: string, caret: number): Completions | null {
    return completionsOf(text, caret, this.order)
  }

  /** The items from index `from` up to but not including `to`; both are bent into what there is. */
  window(from: number, to: number): TableWindow {
    if (this.stale) this.arrange()
    const end = Math.min(Math.max(to, 0), this.items.length)
    const start = Math.min(Math.max(from, 0), end)
    const items: ViewItem[] = []
    for (let i = start; i < end; i += 1) {
      const item = this.items[i] as Entry | GroupItem
      items.push('kind' in item ? item : this.rowItem(item))
    }
    return { takenAt: this.now, from: start, items, length: this.items.length }
  }

  /** What stands around the table. */
  summary(): TableSummary {
    if (this.stale) this.arrange()
    return this.around
  }

  /** True: since the table was last arranged a reading or another query came. */
  isStale(): boolean {
    return this.stale
  }

  /** One row by its key or its cookie, wherever it stands, with the states that it was in; `null` when there is none. */
  find(key: string): RowItem | null {
    const entry = this.entries.get(key) ?? (/^\d+$/.test(key) ? this.withCookie(BigInt(key)) : undefined)
    return entry === undefined ? null : { ...this.rowItem(entry), past: [...entry.past] }
  }

  private withCookie(cookie: bigint): Entry | undefined {
    return this.order.find(({ row, gone }) => row.cookie === cookie && !gone)
  }

  private rowItem(entry: Entry): RowItem {
    const item: RowItem = {
      kind: 'row',
      key: entry.key,
      row: viewOf(entry.row, this.now),
      since: entry.since,
      sinceExact: entry.sinceExact,
    }
    if (entry.change === null || this.now - entry.changedAt >= FRESH_MS) return item
    if (entry.change === 'state' && entry.was !== null) return { ...item, change: 'state', was: entry.was }
    return { ...item, change: entry.change }
  }

  private arrange(): void {
    this.stale = false
    const query = this.query
    if (query === null) {
      this.items = []
      this.around = emptySummary()
      return
    }
    this.order = this.order.filter(({ gone }) => !gone)
    const { kept, ...counts } = this.filter(query)
    this.items = query.grouping === 'none' ? kept.sort(compareBy(query)) : gather(kept, query, this.order)
    if (kept.length === this.order.length && query.grouping === 'none') this.order = [...kept]
    const groups = query.grouping === 'none' ? 0 : this.items.reduce((n, item) => n + ('kind' in item ? 1 : 0), 0)
    this.around = { shown: kept.length, groups, ...counts, problem: this.search.problem ?? null }
  }

  private filter(query: HostQuery): Filtered {
    const { filter } = this.search
    const range = portRangeOf(this.facts)
    const protocols = { tcp: 0, udp: 0, unix: 0 }
    const concerned = this.concernedBy(query.finding)
    const findings = this.findingsIf(query.states.length > 0 || filter !== undefined)
    const counts = new Map<RowState, number>()
    const kept: Entry[] = []
    for (const entry of this.order) {
      const protocol = protocolOf(entry.row.netid)
      protocols[protocol] += 1
      if (!query.protocols.includes(protocol)) continue
      if (filter !== undefined && !matches(filter, entry.row, range, (_, word) => hasText(entry, word))) continue
      const { state, cookie } = entry.row
      const inState = query.states.length === 0 || query.states.includes(state)
      if (inState) findings?.meet(cookie)
      if (concerned !== null && (cookie === undefined || !concerned.has(cookie))) continue
      counts.set(state, (counts.get(state) ?? 0) + 1)
      if (inState) kept.push(entry)
    }
    return { kept, states: inOrder(counts), protocols, findings: findings === null ? null : [...findings.met] }
  }

  private findingsIf(filtered: boolean): MetFindings | null {
    return filtered ? new MetFindings(this.facts?.diagnosis.findings ?? []) : null
  }

  /** The cookies of a finding's sockets; `null`: no finding is asked for. One that has ended concerns nobody. */
  private concernedBy(id: string): ReadonlySet<bigint> | null {
    if (id === '') return null
    return new Set(this.facts?.diagnosis.findings.find((finding) => finding.id === id)?.cookies.map(BigInt))
  }
}

/** A row as it is at the time of a reading: what runs out has so long left. */
function viewOf(row: StreamedRow, now: number): SocketView {
  const { timer, ...rest } = row
  if (timer === undefined) return rest
  const { kind, retransmits, expiresAt } = timer
  return { ...rest, timer: { kind, retransmits, expiresMs: Math.max(0, expiresAt - now) } }
}

function emptySummary(): TableSummary {
  return {
    shown: 0,
    groups: 0,
    states: [],
    findings: null,
    protocols: Object.fromEntries(PROTOCOLS.map((p) => [p, 0])) as Record<Protocol, number>,
    problem: null,
  }
}

function hasText(entry: Entry, word: string): boolean {
  entry.text ??= textOf(entry.row)
  return entry.text.includes(word)
}

/** The ports that this host's kernel chooses from; undefined: what Linux has unless it is told otherwise. */
function portRangeOf(facts: TableFacts | null): PortRange | undefined {
  const [first, last] = (facts?.diagnosis.sysctls['net.ipv4.ip_local_port_range'] ?? '').split(/\s+/).map(Number)
  return first === undefined || last === undefined ? undefined : [first, last]
}
