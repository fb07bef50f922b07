import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, drops, ids, listener, look, looks } from '../looks.testing.ts'

const queue = (length: number, backlog: number, lost: number): SocketRow =>
  listener(8080, { recvQueue: length, sendQueue: backlog, memory: drops(lost) })
const ID = 'accept-queue/0.0.0.0:8080'

test.each([
  ['full', queue(6, 5, 0), [ID]],
  ['one place is left', queue(5, 5, 0), []],
  ['a long queue nearly full', queue(103, 128, 0), [ID]],
  ['a long queue', queue(102, 128, 0), []],
  ['a hundred lost', queue(0, 128, 100), [ID]],
  ['a few lost long ago', queue(0, 128, 99), []],
  ['listen(0) with one that waits', queue(1, 0, 0), []],
  ['no drops known', listener(8080), []],
])('%s', (_what, row, expected) => {
  expect(ids([row])).toEqual(expected)
})

test('with a history what was lost before counts no more, and what is lost now counts at once', () => {
  const one = queue(0, 128, 5000)
  const losing = (each: number): SocketRow[][] => [[one], [{ ...one, memory: drops(5000 + each) }]]
  expect(diagnosed(looks(2, 10, (i) => losing(0)[i] as SocketRow[]))).toEqual([])
  const [finding] = diagnosed(looks(2, 10, (i) => losing(3)[i] as SocketRow[]))
  expect(finding).toMatchObject({ id: ID, severity: 'critical', growthPerMinute: 18 })
  expect(finding?.evidence).toContainEqual({ name: 'turned away in this time', value: 3, unit: 'attempts' })
})

test('a queue that is full is grave at the first look and at a later one, though nothing more was lost', () => {
  const full = queue(6, 5, 0)
  for (const seen of [[look([full])], looks(2, 10, () => [full])])
    expect(diagnosed(seen)[0]).toMatchObject({ id: ID, severity: 'critical' })
  expect(diagnosed([look([queue(103, 128, 0)])])[0]).toMatchObject({ id: ID, severity: 'warning' })
})

test('a new listener on the same port begins at its own count', () => {
  expect(
    diagnosed([...looks(1, 1, () => [queue(0, 128, 0)]), ...looks(2, 10, () => [queue(0, 128, 50)]).slice(1)]),
  ).toEqual([])
})

test('a backlog at the cap of somaxconn is told to raise that', () => {
  const commands = (somaxconn: string): unknown =>
    diagnosed([look([queue(129, 128, 1)], { sysctls: { 'net.core.somaxconn': somaxconn } })])[0]?.remedies[1]?.commands
  expect(commands('128')).toEqual(['sysctl -w net.core.somaxconn=4096'])
  expect(commands('4096')).toBeUndefined()
})
