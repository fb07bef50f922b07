import { expect, test } from 'vitest'
import { MS, SECOND } from '../../../src/base/index.ts'
import { State } from '../../../src/tcp/index.ts'
import { inState, type Machine } from '../../support/machine.ts'
import { Bench } from './bench.ts'

function established(): Machine {
  return inState(State.ESTABLISHED, { system: 'rfc9293' })
}

test('SHLD-18: a small segment is not acknowledged at once', () => {
  const m = established()
  expect(m.arrives('P. 1:11(10) ack 1')).toEqual([])
  expect(m.wait(SECOND)).toEqual(['. 1:1(0) ack 11'])
})

test('SHLD-18: an answer of the program carries the ACK', () => {
  const m = established()
  m.arrives('P. 1:11(10) ack 1')
  m.send(5)
  expect([...m.sent(), ...m.wait(SECOND / 2)]).toEqual(['P. 1:6(5) ack 11'])
})

test('MUST-40: the ACK of a lone segment leaves within half a second, and nobody can set it to more', () => {
  const m = established()
  m.arrives('P. 1:11(10) ack 1')
  expect(m.wait(499 * MS)).toEqual(['. 1:1(0) ack 11'])
  const { sysctl } = new Bench().host
  expect([sysctl.set('tcp.delayed_ack', 499), sysctl.set('tcp.delayed_ack', 500)?.message]).toEqual([
    null,
    expect.stringContaining('499'),
  ])
})

test('SHLD-19: of two full-sized segments the second is acknowledged at once, and so is every second one', () => {
  const m = established()
  const answers = [1, 1461, 2921, 4381].map((seq) => m.arrives(`. ${seq}:${seq + 1460}(1460) ack 1`))
  expect(answers).toEqual([[], ['. 1:1(0) ack 2921'], [], ['. 1:1(0) ack 5841']])
})

test('MUST-58, MUST-59: six segments that come together get one ACK, behind the last', () => {
  const bench = new Bench()
  const connection = bench.connected()
  const packets = [0, 1, 2, 3, 4, 5].map((i) =>
    connection.packet({ seq: 1 + i * 1460, ack: 1, data: new Uint8Array(1460) }),
  )
  bench.arriveTogether(packets)
  expect(connection.hears()).toEqual([`ACK 1:1 ack ${1 + 6 * 1460}`])
})

test('SHLD-31: what came early need not come again', () => {
  const m = established()
  m.arrives('. 1461:2921(1460) ack 1')
  expect(m.arrives('. 1:1461(1460) ack 1')).toEqual(['. 1:1(0) ack 2921'])
  expect(m.read()).toBe(2920)
})

test('MAY-13: what comes early is answered at once by what is missing', () => {
  const m = established()
  expect(m.arrives('. 101:111(10) ack 1')).toEqual(['. 1:1(0) ack 1'])
})

test('MAY-12: data whose ACK is older than anything in flight is refused', () => {
  const m = established()
  m.send(1000)
  m.arrives('. 1:1(0) ack 1001')
  m.sent()
  expect(m.arrives('P. 1:11(10) ack -200000')).toEqual(['. 1001:1001(0) ack 1'])
  expect([m.readable, m.arrives('P. 1:11(10) ack 1001'), m.readable]).toEqual([0, [], 10])
})
