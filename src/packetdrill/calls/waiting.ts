import type { Micros } from '../../base/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { Epoll } from './epoll.ts'
import { pollForRoom } from './poll-file.ts'
import { type EpollEvent, failure, type Handler, once, type Scene, type Started } from './scene.ts'
import { fieldsOf, inner, isNowhere, isOpen, numberOf, timeOf } from './values.ts'

const MS_US = 1000
/** As many events as fit into what an int can count of them: 12 octets each. */
const EVENTS_MOST = Math.floor(2_147_483_647 / 12)
const EPOLL_CLOEXEC = 0x80000
const EPOLL_CTL_DEL = 2
const ERR_HUP_NVAL = 0x8 | 0x10 | 0x20
/** RLIMIT_NOFILE. */
const NOFILE = 1024

interface PollEntry {
  readonly fd: number
  readonly events: number
  /** Null: the script leaves it open (`...`). */
  readonly expected: number | null
}

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0)` */
export const poll: Handler = ([list, count, timeout], scene) => polling(scene, list, count, timeoutUs(timeout))

/** `ppoll([{fd=4, events=POLLIN}], 1, {tv_sec=1, tv_nsec=0}, NULL)`; NULL: it has all the time there is. */
export const ppoll: Handler = ([list, count, timeout], scene) => {
  if (isNowhere(timeout)) return polling(scene, list, count, Number.POSITIVE_INFINITY)
  const us = timeOf(timeout, 'the timeout')
  return us < 0 ? once(failure(scene, 'EINVAL')) : polling(scene, list, count, us)
}

/** The timeout of poll() and epoll_wait(): ms, without end below 0. */
function timeoutUs(argument: Expression | undefined): Micros {
  const ms = numberOf(argument, 'the timeout')
  return ms < 0 ? Number.POSITIVE_INFINITY : ms * MS_US
}

function polling(scene: Scene, list: Expression | undefined, count: Expression | undefined, timeout: Micros): Started {
  const most = isOpen(count) ? Number.POSITIVE_INFINITY : numberOf(count, 'the number of entries')
  if (most < 0 || (most > NOFILE && Number.isFinite(most))) return once(failure(scene, 'EINVAL'))
  if (isNowhere(list) && most > 0) return once(failure(scene, 'EFAULT'))
  if (list?.kind !== 'list' && most > 0) throw new Mismatch('poll() takes a list [{fd=…, events=…, revents=…}]')
  const entries = list?.kind === 'list' ? list.items.slice(0, most).map(pollEntry) : []
  let told: number[] = []
  return {
    ...waitingFor(scene, timeout, () => {
      // A descriptor below 0 is passed over.
      told = entries.map(({ fd, events }) => (fd < 0 ? 0 : pollForRoom(scene, fd).bits & (events | ERR_HUP_NVAL)))
      return told.filter((bits) => bits !== 0).length
    }),
    check() {
      for (const [i, { fd, expected }] of entries.entries()) {
        if (expected === null || expected === told[i]) continue
        throw new Mismatch(`poll() tells revents ${pollText(told[i] ?? 0)} of fd ${fd}, expected ${pollText(expected)}`)
      }
    },
  }
}

function pollEntry(item: Expression): PollEntry {
  const fields = fieldsOf(item, 'an entry of poll()', ['fd', 'events', 'revents'])
  const revents = fields.get('revents')?.value
  return {
    fd: numberOf(fields.get('fd')?.value, 'fd'),
    events: numberOf(fields.get('events')?.value, 'events'),
    expected: revents === undefined ? 0 : isOpen(revents) ? null : numberOf(revents, 'revents'),
  }
}

const POLL_NAMES: readonly (readonly [name: string, bit: number])[] = [
  ['POLLIN', 1],
  ['POLLPRI', 2],
  ['POLLOUT', 4],
  ['POLLERR', 8],
  ['POLLHUP', 16],
  ['POLLNVAL', 32],
  ['POLLRDNORM', 64],
  ['POLLWRNORM', 256],
  ['POLLRDHUP', 0x2000],
]

function pollText(bits: number): string {
  const names = POLL_NAMES.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name)
  return names.length === 0 ? '0' : names.join('|')
}

/** A call that looks until something is there or its time is over. */
export function waitingFor(scene: Scene, timeout: Micros, look: () => number): Pick<Started, 'attempt' | 'deadline'> {
  const deadline = scene.now + timeout
  return {
    deadline,
    attempt() {
      const found = look()
      return found > 0 || scene.now >= deadline ? found : null
    },
  }
}

/** `epoll_create(1)` */
export const epollCreate: Handler = ([size], scene) =>
  numberOf(size, 'the size') <= 0 ? once(failure(scene, 'EINVAL')) : newEpoll()

/** `epoll_create1(0)`, `epoll_create1(EPOLL_CLOEXEC)` */
export const epollCreate1: Handler = ([flags], scene) =>
  (numberOf(flags, 'the flags') & ~EPOLL_CLOEXEC) === 0 ? newEpoll() : once(failure(scene, 'EINVAL'))

function newEpoll(): Started {
  return { attempt: () => 0, open: () => ({ kind: 'epoll', epoll: new Epoll(), nonblocking: false }) }
}

/** `epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4})` */
export const epollCtl: Handler = ([epfd, operation, fd, event], scene) => {
  const asked = numberOf(operation, 'the operation')
  if (asked !== EPOLL_CTL_DEL && isNowhere(event)) return once(failure(scene, 'EFAULT'))
  const file = scene.files.get(numberOf(epfd, 'the epoll descriptor'))
  const number = numberOf(fd, 'the descriptor')
  const target = scene.files.get(number)
  if (file === undefined || target === undefined) return once(failure(scene, 'EBADF'))
  if (target.kind === 'disk') return once(failure(scene, 'EPERM'))
  if (file.kind !== 'epoll' || (target.kind === 'epoll' && target.epoll === file.epoll))
    return once(failure(scene, 'EINVAL'))
  const fields = inner(event)?.kind === 'struct' ? eventFields(event, 'the event') : new Map<string, StructField>()
  const events = fields.has('events') ? numberOf(fields.get('events')?.value, 'events') : 0
  const told = eventData(fields) ?? number
  const result = file.epoll.control(scene, asked, number, events, told)
  return once(result === 0 ? 0 : failure(scene, result))
}

/** `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)`, or a list of such events. */
export const epollWait: Handler = ([epfd, list, most, timeout], scene) => {
  const file = scene.files.get(numberOf(epfd, 'the epoll descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  const room = numberOf(most, 'the number of events')
  if (room <= 0 || room > EVENTS_MOST || file.kind !== 'epoll') return once(failure(scene, 'EINVAL'))
  let told: EpollEvent[] = []
  const started = waitingFor(scene, timeoutUs(timeout), () => {
    told = file.epoll.ready(scene, room)
    return told.length
  })
  if (!isNowhere(list)) return { ...started, check: () => checkEvents(list, told) }
  return {
    ...started,
    attempt() {
      const result = started.attempt()
      return result !== null && result > 0 ? failure(scene, 'EFAULT') : result
    },
  }
}

/** `{events=EPOLLIN, fd=4}`, and the union by its own name: `{events=EPOLLIN, data={fd=4}}`. */
function eventFields(event: Expression | undefined, what: string): ReadonlyMap<string, StructField> {
  const fields = fieldsOf(event, what, ['events', 'data'])
  const data = fields.get('data')
  if (data === undefined) return fields
  const inside = data.value.kind === 'struct' ? fieldsOf(data.value, 'data', ['fd']) : [['fd', data] as const]
  return new Map([...fields, ...inside])
}

/** What an event carries: `fd`, `ptr`, `u32` and `u64` are one place; null: the script leaves it open. */
function eventData(fields: ReadonlyMap<string, StructField>): number | null {
  const found = ['fd', 'ptr', 'u32', 'u64'].map((name) => fields.get(name)?.value).find((value) => !isOpen(value))
  return found === undefined ? null : numberOf(found, 'the data')
}

/** A list of events, in either kind of brackets, or one event alone. */
function eventsOf(list: Expression): readonly Expression[] {
  if (list.kind === 'list') return list.items
  const isList =
    list.kind === 'struct' &&
    list.fields.length > 0 &&
    list.fields.every((one) => one.name === null && one.value.kind === 'struct')
  return isList ? list.fields.map(({ value }) => value) : [list]
}

function checkEvents(list: Expression | undefined, told: readonly EpollEvent[]): void {
  if (isOpen(list)) return
  const items = eventsOf(list as Expression)
  for (const [i, { events, data }] of told.entries()) {
    const item = items[i]
    if (isOpen(item)) continue
    const fields = eventFields(item, 'an event')
    const expected = fields.get('events')?.value
    if (!isOpen(expected) && numberOf(expected, 'events') !== events) {
      throw new Mismatch(`epoll_wait() tells ${epollText(events)}, expected ${epollText(numberOf(expected, 'events'))}`)
    }
    const wanted = eventData(fields)
    if (wanted !== null && wanted !== data) throw new Mismatch(`epoll_wait() tells of ${data}, expected ${wanted}`)
  }
}

function epollText(bits: number): string {
  return pollText(bits).replace(/POLL/g, 'EPOLL')
}
