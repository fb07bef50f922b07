import { expect, test } from 'vitest'
import { diagnosed, heldBy, ids, listener, look, looks, row } from '../looks.testing.ts'

const server = heldBy(100, 'python3')
const child = heldBy(200, 'sleep')

test.each([
  ['a child of another program', [...server, ...child], ['inherited-listener/0.0.0.0:8080/200']],
  ['one program alone', server, []],
  ['workers of one server', [...heldBy(1000, 'nginx'), ...heldBy(1001, 'nginx')], []],
  ['a socket that systemd opened', [...heldBy(1, 'systemd'), ...heldBy(300, 'cupsd')], []],
  ["a user's systemd", [...heldBy(812, 'systemd'), ...heldBy(900, 'emacs')], []],
  ['nobody visible', undefined, []],
])('%s', (_what, owners, expected) => {
  expect(ids([listener(8080, { owners })])).toEqual(expected)
})

test('workers with names of their own have one executable', () => {
  const owners = [...heldBy(10, 'node'), ...heldBy(11, 'worker-1')]
  const processes = [
    { pid: 10, command: 'node', executable: '/usr/bin/node' },
    { pid: 11, command: 'worker-1', executable: '/usr/bin/node' },
  ]
  expect(ids([listener(8080, { owners })], { processes })).toEqual([])
  expect(ids([listener(8080, { owners })])).toEqual(['inherited-listener/0.0.0.0:8080/11'])
})

test('of a manager that hands its listener to workers of other programs, those that serve have not inherited it', () => {
  const held = listener(8080, { owners: [...heldBy(10, 'einhorn'), ...heldBy(11, 'ruby'), ...heldBy(12, 'sleep')] })
  expect(ids([held, row('ESTABLISHED', { owners: heldBy(11, 'ruby') })])).toEqual([
    'inherited-listener/0.0.0.0:8080/12',
  ])
})

test('the server has ended and its child keeps the port', () => {
  const both = listener(8080, { owners: [...server, ...child] })
  const seen = looks(2, 5, (i) => [i === 0 ? both : { ...both, owners: child }])
  const [finding] = diagnosed(seen)
  expect(finding).toMatchObject({
    severity: 'warning',
    title: 'sleep (pid 200) has inherited the listener 0.0.0.0:8080 of python3',
  })
  expect(diagnosed([look([both])])[0]?.severity).toBe('info')
})

test('a worker that is replaced is no inheritance', () => {
  const one = listener(8080, { owners: heldBy(10, 'nginx') })
  expect(diagnosed(looks(2, 5, (i) => [{ ...one, owners: heldBy(10 + i, 'nginx') }]))).toEqual([])
})
