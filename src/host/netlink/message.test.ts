import { describe, expect, test } from 'vitest'
import { type DumpProgress, dumpRequest, scanMessages } from './message.ts'
import { DONE, INET, octets } from './recorded.testing.ts'

function scan(hex: readonly string[]): DumpProgress & { whole: number } {
  const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
  const whole = scanMessages(octets(...hex), progress)
  return { ...progress, whole }
}

test('a request is a header and a body', () => {
  const message = dumpRequest(Uint8Array.of(1, 2, 3, 4), 9)
  // Length 20, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, sequence 9, from port 0.
  expect([...message]).toEqual([20, 0, 0, 0, 20, 0, 1, 3, 9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
})

describe('the messages of a dump', () => {
  test('go on until NLMSG_DONE', () => {
    expect(scan([INET.timeWait4, INET.listen4])).toMatchObject({ done: 0, errno: 0 })
    expect(scan([INET.timeWait4, DONE])).toMatchObject({ done: 1, errno: 0, interrupted: false })
    expect(scan([INET.timeWait4, DONE, INET.mapped, DONE])).toMatchObject({ done: 2 })
  })

  test('may be cut off: only whole ones count', () => {
    expect(scan([INET.timeWait4, INET.listen4.slice(0, -2)]).whole).toBe(INET.timeWait4.length / 2)
    expect(scan([INET.timeWait4]).whole).toBe(INET.timeWait4.length / 2)
    expect(scan([INET.timeWait4.slice(0, 20)]).whole).toBe(0)
  })

  test('may say that the table changed under them', () => {
    const interrupted = `${DONE.slice(0, 12)}1200${DONE.slice(16)}`
    expect(scan([INET.timeWait4, interrupted])).toMatchObject({ done: 1, interrupted: true })
  })

  test('may be an error: −ENOENT', () => {
    const error = `24000000${'0200'}0000${'01000000'}${'00000000'}${'feffffff'}${'00'.repeat(16)}`
    expect(scan([error])).toMatchObject({ done: 0, errno: 2 })
  })

  test('may end with an error in NLMSG_DONE', () => {
    expect(scan([`${DONE.slice(0, 32)}f3ffffff`])).toMatchObject({ done: 1, errno: 13 })
  })

  test('never run on a length of zero', () => {
    expect(scan(['00'.repeat(64)]).whole).toBe(0)
  })
})
