import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BOUNDED } from '../support/bounded.ts'
import { describeNeeding } from '../support/requirements.ts'
import { readTable, TABLES } from './truth/table.ts'

const RUN = fileURLToPath(new URL('truth/run.py', import.meta.url))

test.each(TABLES)('the table %s can be replayed: its steps are whole and each call has its answer', (name) => {
  const { cases } = readTable(name)
  expect(cases.length).toBeGreaterThan(40)
  const unanswered = cases.filter(({ calls, expect: answers }) => calls.length !== answers.length)
  const broken = cases.flatMap(({ given, calls }) => [...given, ...calls]).filter((step) => !/^\S+( \S+)+$/.test(step))
  expect({ unanswered, broken }).toEqual({ unanswered: [], broken: [] })
})

describeNeeding(['linux', 'root', 'netns', 'tun', 'python3'], 'this kernel answers as the tables say:', () => {
  test.each(TABLES)('%s', (name) => {
    const { status, stdout, stderr } = spawnSync('python3', [RUN, name, '--check'], {
      ...BOUNDED,
      timeout: 150_000,
      encoding: 'utf8',
    })
    expect({ status, said: stdout + (status === 0 ? '' : stderr) }).toMatchObject({ status: 0 })
  })
})
