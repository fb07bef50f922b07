import { describe, expect, test } from 'vitest'
import { personalities } from '../../stack/index.ts'
import { EXIT } from '../exit.ts'
import { lastack, tooWide } from '../run.testing.ts'

const sysctl = (...args: string[]) => lastack(['sysctl', ...args])

describe('the list', () => {
  test.each(Object.keys(personalities))('of %s has every sysctl with its default', async (name) => {
    const { code, out } = await sysctl('--personality', name)
    expect(code).toBe(EXIT.OK)
    const personality = personalities[name as keyof typeof personalities]
    for (const definition of personality.sysctls) expect(out).toContain(`${definition.name} = `)
    expect(out).toContain(`${personality.sysctls.length} sysctls of ${personality.title}`)
    expect(tooWide(out)).toEqual([])
  })

  test('as JSON has name, value, default, unit and description', async () => {
    const list = JSON.parse((await sysctl('--json')).out)
    expect(list.find(({ name }: { name: string }) => name === 'net.ipv4.tcp_fin_timeout')).toMatchObject({
      value: '60',
      default: '60',
      unit: 's',
    })
  })
})

test.each(['net.ipv4.tcp_fin_timeout', 'tcp_fin_timeout', '/proc/sys/net/ipv4/tcp_fin_timeout'])(
  '%s shows one of them',
  async (name) => {
    const { code, out } = await sysctl(name)
    expect(code).toBe(EXIT.OK)
    expect(out).toMatch(/^net\.ipv4\.tcp_fin_timeout\n\n.*\n\n {2}default +60 s \(Linux/s)
  },
)

describe('a write', () => {
  test('shows what moves on a fresh host, and that nothing moves here', async () => {
    const { code, out } = await sysctl('tcp_fin_timeout=70')
    expect(code).toBe(EXIT.OK)
    expect(out).toContain('net.ipv4.tcp_fin_timeout: 60 s → 70 s\n')
    expect(out).toMatch(/TIME-WAIT lasts +60 s, as before\n/)
    expect(out).toMatch(/an orphan waits in FIN-WAIT-2 +60 s → 20 s\n/)
    expect(out).toContain('Nothing on this machine is changed.')
    expect(tooWide(out)).toEqual([])
  })

  test('of 2·MSL on a system that has it tunable moves TIME-WAIT', async () => {
    const { out } = await sysctl('net.inet.tcp.msl=5000', '--personality', 'freebsd')
    expect(out).toMatch(/TIME-WAIT lasts +60 s → 10 s\n/)
  })

  test('of the same value moves nothing', async () => {
    expect((await sysctl('tcp_fin_timeout=60')).out).toMatch(
      /^net\.ipv4\.tcp_fin_timeout = 60 s: it had that value before\n/,
    )
  })
})

test.each([
  [
    ['tcp_fin_timeuot'],
    /^lastack sysctl: unknown sysctl 'tcp_fin_timeuot' for linux; did you mean net\.ipv4\.tcp_fin_timeout\?\n$/,
  ],
  [
    ['tcp_fin_timeout=soon'],
    /^lastack sysctl net\.ipv4\.tcp_fin_timeout: 'soon' is not a whole number from .* \(seconds\)\n$/,
  ],
  [['tcp_fin_timeout='], /'' is not a whole number/],
  [['--personality', 'linus'], 'lastack sysctl: unknown personality "linus": did you mean linux?\n'],
  [['a', 'b'], 'lastack sysctl: unexpected word "b": expected one NAME or NAME=VALUE\n'],
])('%j is refused in one line', async (args, message) => {
  const { code, out, err } = await sysctl(...args)
  expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
  if (typeof message === 'string') expect(err).toBe(message)
  else expect(err).toMatch(message)
  expect(err.split('\n')).toHaveLength(2)
})
