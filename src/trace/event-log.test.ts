import { describe, expect, it } from 'vitest'
import { Note, State, TimerAction, TimerSlot } from '../tcp/index.ts'
import { EventLog } from './event-log.ts'
import { Recorder } from './recorder.ts'

const SYN = 2
const ACK = 16

/** Records an event of some kind, another for each number. */
function record(recorder: Recorder, n: number): void {
  const host = recorder.forHost(n % 3)
  const now = n * 1_000_003
  const what = [
    () => host.segmentOut(now, 1, 80, 4000, n, -n, n % 2 === 0 ? SYN : ACK, 10, 65_535, false),
    () => host.state(now, 1, State.LISTEN, State.SYN_RECEIVED),
    () => host.timer(now, 1, TimerSlot.TIME_WAIT, TimerAction.ARMED, 2 ** 40),
    () => host.call(now, 1, 'server', `close(${n})`, -9, 'EBADF'),
    () => recorder.fault(now, 1, n, 'drop', `rule ${n % 7}`),
    () => host.note(now, 1, Note.ORPHAN, n),
  ]
  what[n % what.length]?.()
}

describe('a log has what was recorded elsewhere', () => {
  it('piece by piece, across pages, texts of earlier pieces included', () => {
    const [recorder, log] = [new Recorder(), new EventLog()]
    let texts = 0
    for (const piece of [1, 10, 0, 5000, 4096, 3]) {
      const from = recorder.total
      for (let n = 0; n < piece; n++) record(recorder, from + n)
      const packed = recorder.pack(from, texts)
      texts += packed.strings.length
      log.append(structuredClone(packed, { transfer: [packed.words.buffer] }))
    }
    expect(log.length).toBe(9110)
    expect(log.slice()).toEqual(recorder.toArray())
    expect(log.slice(4090, 4100)).toEqual(recorder.toArray(4090).slice(0, 10))
    expect(log.at(9109)).toEqual(recorder.at(9109))
    expect(() => log.at(9110)).toThrow('event 9110 is not here: 0 to 9109 are')
  })

  it('from a recorder that has gone round', () => {
    const [recorder, log] = [new Recorder({ limit: 5000, wrap: true }), new EventLog()]
    for (let n = 0; n < 12_345; n++) record(recorder, n)
    log.append(recorder.pack(recorder.first, 0))
    expect(log.slice()).toEqual(recorder.toArray())
    expect(() => recorder.pack(1, 0)).toThrow('event 1 is not held: 7345 to 12344 are')
  })

  it('and tells packets and openings without making them events', () => {
    const [recorder, log] = [new Recorder(), new EventLog()]
    for (let n = 0; n < 60; n++) record(recorder, n)
    log.append(recorder.pack(0, 0))
    for (const [n, event] of recorder.toArray().entries()) {
      expect(log.segmentAt(n)).toBe(event.kind === 'segment' ? event.packet : 0)
      expect(log.faultAt(n)).toBe(event.kind === 'fault' ? event.packet : 0)
      const opens = event.kind === 'state' || (event.kind === 'segment' && (event.flags & SYN) !== 0)
      expect(log.isOpeningAt(n)).toBe(opens)
    }
  })
})
