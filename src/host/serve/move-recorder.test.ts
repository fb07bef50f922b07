import { expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { HostError } from '../errors.ts'
import type { LiveEvent, LiveSource } from '../events/live-event.ts'
import { MoveRecorder } from './move-recorder.ts'

const end = (port: number): SocketRow['local'] => ({ address: '127.0.0.1', port })

function move(from: RowState | undefined, to: RowState, port = 80): LiveEvent {
  const [local, peer] = [end(port), end(40_000)]
  return { kind: 'move', time: 1, socket: port, family: 4, local, peer, from, to, exact: true }
}

/** A recorder whose kernel tells of these, one list a reading. */
function recorderOf(isShared: boolean, ...told: readonly (readonly LiveEvent[])[]): MoveRecorder & { closed: number } {
  const left = [...told]
  const recorder: MoveRecorder & { closed: number } = Object.assign(
    new MoveRecorder({
      open: () => {
        const close = (): void => {
          recorder.closed++
        }
        const source: LiveSource = { name: 'tracefs', lacks: [], take: async () => left.shift() ?? [], close }
        return Promise.resolve(source)
      },
      isShared: () => isShared,
    }),
    { closed: 0 },
  )
  return recorder
}

function rowOf(local: number, peer: number): SocketRow {
  const ends = { local: end(local), peer: end(peer) }
  return { source: 'netlink', netid: 'tcp', family: 4, state: 'TIME-WAIT', recvQueue: 0, sendQueue: 0, ...ends }
}

test('moves are counted along each arrow, reading by reading; what is half known is on no arrow', async () => {
  const closed = move('ESTABLISHED', 'CLOSE-WAIT')
  const recorder = recorderOf(false, [closed, move('LISTEN', 'SYN-RECEIVED'), closed, move(undefined, 'CLOSED')], [])
  expect(await recorder.take([])).toEqual([
    { from: 'ESTABLISHED', to: 'CLOSE-WAIT', count: 2 },
    { from: 'LISTEN', to: 'SYN-RECEIVED', count: 1 },
  ])
  expect(await recorder.take([])).toEqual([])
  expect(recorder.lives.all).toHaveLength(1)
  recorder.close()
  expect([recorder.closed, recorder.lives.all]).toEqual([1, []])
})

test('what was missing in a reading is said with it', async () => {
  const text = '7 events are left out: more came at once than are taken.'
  const recorder = recorderOf(false, [move('SYN-SENT', 'ESTABLISHED'), { kind: 'gap', time: 2, text }], [])
  expect([await recorder.take([]), recorder.lacks]).toEqual([
    [{ from: 'SYN-SENT', to: 'ESTABLISHED', count: 1 }],
    [text],
  ])
  expect([await recorder.take([]), recorder.lacks]).toEqual([[], []])
  recorder.close()
})

test('of other network namespaces nothing is told: a row has the ends, or those of the other side', async () => {
  const moves = [
    move('ESTABLISHED', 'CLOSE-WAIT', 80),
    move('ESTABLISHED', 'FIN-WAIT-1', 81),
    move('SYN-SENT', 'ESTABLISHED', 82),
  ]
  const recorder = recorderOf(true, moves, [move('FIN-WAIT-1', 'FIN-WAIT-2', 81), move('ESTABLISHED', 'CLOSED', 82)])
  expect(await recorder.take([rowOf(80, 40_000), rowOf(40_000, 81)])).toEqual([
    { from: 'ESTABLISHED', to: 'CLOSE-WAIT', count: 1 },
    { from: 'ESTABLISHED', to: 'FIN-WAIT-1', count: 1 },
  ])
  // Its row has gone, and it is known all the same.
  expect(await recorder.take([])).toEqual([{ from: 'FIN-WAIT-1', to: 'FIN-WAIT-2', count: 1 }])
  recorder.close()
})

test('a kernel that does not tell is asked once, and that is said', async () => {
  let asked = 0
  const recorder = new MoveRecorder({
    open: () => {
      asked++
      return Promise.reject(new HostError('tracefs: EACCES'))
    },
    isShared: () => false,
  })
  expect([await recorder.take([]), await recorder.take([]), asked]).toEqual([undefined, undefined, 1])
  expect(recorder.lacks).toEqual(['What connections do between two readings is not seen: tracefs: EACCES.'])
})
