import type { Expression } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { Epoll, type EpollEvent } from './epoll.ts'
import { pollFile } from './poll-file.ts'
import { failure, type Handler, once, type Scene, type Started } from './scene.ts'
import { fieldsOf, inner, isOpen, numberOf } from './values.ts'

const MS_US = 1000
const ERR_HUP_NVAL = 0x8 | 0x10 | 0x20

interface PollEntry {
  readonly fd: number
  readonly events: number
  readonly expected: number | null
}

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0)` */
export const poll: Handler = ([list, , timeout], scene) => {
  if (list?.kind !== 'list') throw new Mismatch('poll() takes a list [{fd=…, events=…, revents=…}]')
  const entries = list.items.map(pollEntry)
  let told: number[] = []
  return {
    ...waitingFor(scene, numberOf(timeout, 'the timeout'), () => {
      told = entries.map(({ fd, events }) => pollFile(scene, fd).bits & (events | ERR_HUP_NVAL))
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
  const fields = fieldsOf(item, 'an entry of poll()')
  const revents = fields.get('revents')?.value
  return {
    fd: numberOf(fields.get('fd')?.value, 'fd'),
    events: numberOf(fields.get('events')?.value, 'events'),
    expected: isOpen(revents) ? null : numberOf(revents, 'revents'),
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

/** A call that looks until something is there or its time, in ms, is over; below 0 it has all the time there is. */
function waitingFor(scene: Scene, timeoutMs: number, look: () => number): Pick<Started, 'attempt' | 'deadline'> {
  const deadline = timeoutMs < 0 ? Number.POSITIVE_INFINITY : scene.now + timeoutMs * MS_US
  return {
    deadline,
    attempt() {
      const found = look()
      return found > 0 || scene.now >= deadline ? found : null
    },
  }
}

/** `epoll_create(1)`, `epoll_create1(0)` */
export const epollCreate: Handler = ([size], scene) => {
  if (numberOf(size, 'the size') < 0) return once(failure(scene, 'EINVAL'))
  return {
    attempt: () => 0,
    open: () => ({ kind: 'epoll', epoll: new Epoll(), nonblocking: false }),
  }
}

/** `epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4})` */
export const epollCtl: Handler = ([epfd, operation, fd, event], scene) => {
  const file = scene.files.get(numberOf(epfd, 'the epoll descriptor'))
  const number = numberOf(fd, 'the descriptor')
  if (file === undefined || !scene.files.has(number)) return once(failure(scene, 'EBADF'))
  if (file.kind !== 'epoll') return once(failure(scene, 'EINVAL'))
  const fields = inner(event)?.kind === 'struct' ? fieldsOf(event, 'the event') : new Map()
  const events = fields.has('events') ? numberOf(fields.get('events')?.value, 'events') : 0
  const data = ['fd', 'ptr', 'u32', 'u64'].map((name) => fields.get(name)?.value).find((value) => value !== undefined)
  const asked = data === undefined ? number : numberOf(data, 'the data')
  const result = file.epoll.control(numberOf(operation, 'the operation'), number, events, asked)
  return once(result === 0 ? 0 : failure(scene, result))
}

/** `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)`, or a list of such events. */
export const epollWait: Handler = ([epfd, list, most, timeout], scene) => {
  const file = scene.files.get(numberOf(epfd, 'the epoll descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  if (file.kind !== 'epoll') return once(failure(scene, 'EINVAL'))
  const room = numberOf(most, 'the number of events')
  if (room <= 0) return once(failure(scene, 'EINVAL'))
  let told: EpollEvent[] = []
  return {
    ...waitingFor(scene, numberOf(timeout, 'the timeout'), () => {
      told = file.epoll.ready(scene, room)
      return told.length
    }),
    check: () => checkEvents(list, told),
  }
}

function checkEvents(list: Expression | undefined, told: readonly EpollEvent[]): void {
  if (isOpen(list)) return
  const items = list?.kind === 'list' ? list.items : [list as Expression]
  for (const [i, { events, data }] of told.entries()) {
    const item = items[i]
    if (isOpen(item)) continue
    const fields = fieldsOf(item, 'an event')
    const expected = fields.get('events')?.value
    if (!isOpen(expected) && numberOf(expected, 'events') !== events) {
      throw new Mismatch(`epoll_wait() tells ${epollText(events)}, expected ${epollText(numberOf(expected, 'events'))}`)
    }
    const wanted = fields.get('fd')?.value ?? fields.get('ptr')?.value ?? fields.get('u32')?.value
    if (!isOpen(wanted) && numberOf(wanted, 'the data') !== data) {
      throw new Mismatch(`epoll_wait() tells of ${data}, expected ${numberOf(wanted, 'the data')}`)
    }
  }
}

function epollText(bits: number): string {
  return pollText(bits).replace(/POLL/g, 'EPOLL')
}
