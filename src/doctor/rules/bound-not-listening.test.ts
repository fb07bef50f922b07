import { expect, test } from 'vitest'
import { diagnosed, heldBy, ids, listener, look, looks, row } from '../looks.testing.ts'

const bound = (port: number): ReturnType<typeof row> =>
  row('BOUND-INACTIVE', {
    local: { address: '0.0.0.0', port },
    peer: { address: '0.0.0.0', port: 0 },
    owners: heldBy(9, 'idle'),
  })
const ID = 'bound-not-listening/0.0.0.0:8080/9'

test('beside a listener at once', () => {
  expect(ids([bound(8080), listener(8080)])).toEqual([ID])
})

test('alone when it has been so for half a minute', () => {
  const one = bound(8080)
  expect(ids([one])).toEqual([])
  expect(diagnosed(looks(3, 14.5, () => [one]))).toEqual([])
  expect(diagnosed(looks(3, 15, () => [one])).map(({ id }) => id)).toEqual([ID])
})

test("never a client's port, nor none", () => {
  const rows = [bound(40_000), bound(0)]
  expect(diagnosed(looks(5, 60, () => rows))).toEqual([])
})

test('it names who listens and who does not', () => {
  const [finding] = diagnosed([look([bound(8080), listener(8080)])])
  expect(finding?.title).toBe('idle (pid 9) holds 0.0.0.0:8080 by bind() and does not listen')
  expect(finding?.evidence).toContainEqual({ name: 'listening there', value: 'python3 (pid 4242)', unit: '' })
})
