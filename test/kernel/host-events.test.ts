import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { NetworkNamespace } from './support/namespace.ts'

const HEAR = new URL('support/hear-ends.mjs', import.meta.url).pathname

interface Heard {
  /** Ends that were told while nothing ended. */
  readonly quiet: number
  /** Cookies of the connections that were then ended, both ends of each, and of the sockets that were told. */
  readonly established: readonly string[]
  readonly ended: readonly string[]
  readonly overrun: boolean
}

describeNeeding(['linux', 'root', 'ip', 'koffi'], 'notices of ended sockets', () => {
  let namespace: NetworkNamespace

  beforeAll(() => {
    namespace = new NetworkNamespace('ends')
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  const hear = (connections: number, buffer: number): Heard =>
    JSON.parse(namespace.run(process.execPath, [HEAR, String(connections), String(buffer)]))

  test('tell each end by the cookie that the dump had', () => {
    const { quiet, established, ended, overrun } = hear(20, 1 << 22)
    expect(established).toHaveLength(40)
    expect(ended).toEqual(established)
    expect({ quiet, overrun }).toEqual({ quiet: 0, overrun: false })
  })

  test('say that some were lost when there was no room for them', () => {
    const { established, ended, overrun } = hear(200, 1)
    expect(overrun).toBe(true)
    expect(ended.length).toBeLessThan(established.length)
  })
})
