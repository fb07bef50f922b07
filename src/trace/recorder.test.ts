import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Note, State, TimerAction, TimerSlot } from '../tcp/index.ts'
import { TcpSegment } from '../wire/index.ts'
import { NOTE_NAMES, TIMER_ACTIONS, TIMER_NAMES } from './codes.ts'
import { Recorder } from './recorder.ts'

const time = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const port = fc.nat({ max: 65535 })
const conn = fc.nat({ max: 2 ** 31 - 1 })

describe('a recorder gives back what it was told', () => {
  it('segments sent, numbered one by one', () => {
    fc.assert(
      fc.property(
        time,
        conn,
        port,
        port,
        int32,
        int32,
        fc.nat({ max: 255 }),
        fc.nat(65535),
        fc.nat({ max: 65535 }),
        fc.boolean(),
        (now, id, local, remote, seq, ack, ctl, length, window, again) => {
          const recorder = new Recorder()
          recorder.forHost(3).segmentOut(now, id, local, remote, seq, ack, ctl, length, window, again)
          expect(recorder.at(0)).toEqual({
            kind: 'segment',
            time: now,
            host: 3,
            conn: id,
            direction: 'out',
            packet: 1,
            localPort: local,
            remotePort: remote,
            seq,
            ack,
            flags: ctl,
            length,
            window,
            retransmission: again,
          })
        },
      ),
    )
  })

  it('segments received, with the number of the packet that is arriving', () => {
    const recorder = new Recorder()
    const segment = new TcpSegment()
    segment.sourcePort = 80
    segment.destinationPort = 65535
    segment.seq = -1
    segment.ack = 7
    segment.ctl = 0x11
    segment.dataLength = 1460
    segment.wnd = 65535
    recorder.arriving = 42
    recorder.forHost(1).segmentIn(5, 9, segment)
    expect(recorder.at(0)).toEqual({
      kind: 'segment',
      time: 5,
      host: 1,
      conn: 9,
      direction: 'in',
      packet: 42,
      localPort: 65535,
      remotePort: 80,
      seq: -1,
      ack: 7,
      flags: 0x11,
      length: 1460,
      window: 65535,
      retransmission: false,
    })
  })

  it('timers, with delays beyond 32 bits', () => {
    fc.assert(
      fc.property(
        time,
        time,
        fc.constantFrom(...Object.values(TimerSlot)),
        fc.constantFrom(...Object.values(TimerAction)),
        (now, delay, slot, action) => {
          const recorder = new Recorder()
          recorder.forHost(0).timer(now, 1, slot, action, delay)
          expect(recorder.at(0)).toEqual({
            kind: 'timer',
            time: now,
            host: 0,
            conn: 1,
            timer: TIMER_NAMES[slot],
            action: TIMER_ACTIONS[action],
            delay,
          })
        },
      ),
    )
  })

  it('notes, with values of either sign', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...Object.values(Note)), (value, note) => {
        const recorder = new Recorder()
        recorder.forHost(0).note(1, 2, note, value)
        expect(recorder.at(0)).toEqual({ kind: 'note', time: 1, host: 0, conn: 2, note: NOTE_NAMES[note], value })
      }),
    )
  })

  it('states, calls and faults', () => {
    const recorder = new Recorder()
    const host = recorder.forHost(2)
    host.state(1, 4, State.ESTABLISHED, State.CLOSE_WAIT)
    host.call(2, 4, 'nc', 'connect(3, 10.0.0.2:80)', -111, 'ECONNREFUSED')
    recorder.fault(3, 2, 17, 'drop', 'rule "the final ACK"')
    expect(recorder.toArray()).toEqual([
      { kind: 'state', time: 1, host: 2, conn: 4, from: State.ESTABLISHED, to: State.CLOSE_WAIT },
      {
        kind: 'call',
        time: 2,
        host: 2,
        conn: 4,
        process: 'nc',
        text: 'connect(3, 10.0.0.2:80)',
        result: -111,
        errno: 'ECONNREFUSED',
      },
      { kind: 'fault', time: 3, host: 2, conn: 0, packet: 17, verdict: 'drop', reason: 'rule "the final ACK"' },
    ])
  })
})

describe('packet numbers', () => {
  it('pass from the segment traced to the link that carries it, once', () => {
    const recorder = new Recorder()
    recorder.forHost(0).segmentOut(0, 1, 1, 2, 0, 0, 2, 0, 0, false)
    expect(recorder.claimPacket()).toBe(1)
    expect(recorder.claimPacket()).toBe(2)
    recorder.forHost(0).segmentOut(0, 1, 1, 2, 0, 0, 2, 0, 0, false)
    expect(recorder.claimPacket()).toBe(3)
    expect(recorder.toArray().map((event) => event.kind === 'segment' && event.packet)).toEqual([1, 3])
  })
})

describe('a full recorder', () => {
  const fill = (recorder: Recorder, count: number): void => {
    const host = recorder.forHost(0)
    for (let i = 0; i < count; i++) host.note(i, 0, Note.ORPHAN, i)
  }

  it('keeps the first and counts what is lost', () => {
    const recorder = new Recorder({ limit: 10 })
    fill(recorder, 15)
    expect(recorder.toArray().map((event) => event.time)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(recorder.lost).toBe(5)
    expect(() => recorder.at(10)).toThrow('event 10 is not held: 0 to 9 are')
  })

  it('keeps the last when it wraps, across pages', () => {
    const limit = 5000
    const recorder = new Recorder({ limit, wrap: true })
    fill(recorder, 12_345)
    expect(recorder.first).toBe(12_345 - limit)
    expect(recorder.lost).toBe(0)
    expect(recorder.toArray().map((event) => event.time)).toEqual(Array.from({ length: limit }, (_, i) => 7345 + i))
    expect(() => recorder.at(7344)).toThrow(RangeError)
  })

  it('forgets the texts of what it has forgotten when it wraps, and none that an event still has', () => {
    const [limit, calls] = [10, 1005]
    const recorder = new Recorder({ limit, wrap: true })
    const host = recorder.forHost(1)
    const texts = (n: number): string => (n % 2 === 0 ? `read(${n})` : `${'x'.repeat(64)} ${n}`)
    for (let n = 0; n < calls; n++) {
      host.endCall(host.beginCall(n, 'nc', ''), 0, texts(n), 0, '')
      for (const { kind, time, ...event } of recorder.events()) {
        expect([kind, event]).toMatchObject(['call', { process: 'nc', text: texts(time), errno: '' }])
      }
    }
    const { strings } = recorder.pack(recorder.first, 0)
    // Of two rounds at most, each with the program's name and an empty text.
    expect(strings.filter((text) => text !== '').length).toBeLessThanOrEqual(2 * (limit + 1))
    expect(recorder.pack(recorder.first, strings.length - 1).strings).toEqual(strings.slice(-1))
  })

  it('reads on into events that are recorded while it reads', () => {
    const recorder = new Recorder()
    fill(recorder, 1)
    const seen: number[] = []
    for (const event of recorder.events()) {
      seen.push(event.time)
      if (event.time < 3) recorder.forHost(0).note(event.time + 1, 0, Note.ORPHAN, 0)
    }
    expect(seen).toEqual([0, 1, 2, 3])
  })
})

describe('a host that is switched on again', () => {
  it('goes on counting its connections where it had stopped', () => {
    const recorder = new Recorder()
    recorder.forHost(0, 100).note(0, 1, Note.ORPHAN, 0)
    recorder.forHost(0, 100).note(0, 0, Note.NO_CONNECTION, 0)
    expect(recorder.toArray().map((event) => event.conn)).toEqual([101, 0])
  })
})
