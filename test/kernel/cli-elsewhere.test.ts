import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { BOUNDED } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname

/** Another system, as far as Node tells a program where it runs. */
const ON_MACOS = `Object.defineProperty(process, 'platform', { value: 'darwin' })`

/** A machine for which the native binding has no build: npm leaves the optional dependency out. */
const WITHOUT_KOFFI = `
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (specifier === 'koffi') throw new Error("Cannot find package 'koffi'")
      return next(specifier, context)
    }\`))`

function lastack(circumstances: string, args: string): { code: number | null; out: string; err: string } {
  const preload = `data:text/javascript,${encodeURIComponent(circumstances)}`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', preload, LASTACK, ...args.split(' ').filter((word) => word !== '')],
    { ...BOUNDED, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  return { code: status, out: stdout, err: stderr }
}

describeNeeding([], 'lastack where there is no Linux', () => {
  test.each(['ss -tan', 'netstat -tan'])('%s says that it cannot look', (args) => {
    const tool = args.split(' ')[0]
    expect(lastack(ON_MACOS, args)).toEqual({
      code: 2,
      out: '',
      err: `lastack ${tool}: sockets of this host can be read on Linux only, and this is darwin\n`,
    })
  })

  test.each(['', 'ss --help', 'lab plain-close', 'claims four-packets', 'sysctl tcp_fin_timeout', 'explain TIME_WAIT'])(
    'lastack %s works',
    (args) => {
      const { code, out, err } = lastack(ON_MACOS, args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out.length).toBeGreaterThan(100)
    },
  )
})

describeNeeding(['linux', 'ss'], 'lastack without the native binding', () => {
  test('ss reads by ss -D, and says why', () => {
    const { code, out, err } = lastack(WITHOUT_KOFFI, 'ss -tan')
    expect(code).toBe(0)
    expect(out).toMatch(/^State +Recv-Q +Send-Q /)
    expect(err).toMatch(/^lastack: source ss; netlink does not serve: .*koffi.*\n$/)
  })

  test('netlink that is asked for is refused in one line', () => {
    const { code, out, err } = lastack(WITHOUT_KOFFI, 'ss --source netlink -tan')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^lastack ss: .*koffi.*\n$/)
  })
})
