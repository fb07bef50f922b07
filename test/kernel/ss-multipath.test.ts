import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const MAKER = new URL('support/multipath.py', import.meta.url).pathname

describeNeeding(
  ['linux', 'root', 'ip', 'ss', 'ss-6.1', 'python3', 'koffi', 'mptcp'],
  'lastack ss among multipath connections',
  () => {
    let namespace: NetworkNamespace

    beforeAll(async () => {
      namespace = new NetworkNamespace('multipath')
      await firstLine(namespace.start('python3', [MAKER]))
    })

    afterAll(async () => {
      await namespace?.remove()
    })

    test.each([
      '-Man',
      '-Mn',
      '-Ml',
      '-Manpeom',
      '-Mani',
      '-ManiO',
      '-Man6',
      '-Man state close-wait',
      '-an -A tcp,mptcp',
    ])('ss %s prints what ss prints, to the octet', (args) => {
      const real = namespace.run('ss', args.split(' '))
      expect(namespace.run(process.execPath, [LASTACK, 'ss', '-q', ...args.split(' ')])).toBe(real)
      expect(real.split('\n').length).toBeGreaterThan(2)
    })

    test('ss -tani names the upper layer of each path, and where the path stands', () => {
      const args = ['-tani']
      const ours = namespace.run(process.execPath, [LASTACK, 'ss', '-q', ...args])
      expect(atRest(ours)).toBe(atRest(namespace.run('ss', args)))
      expect(ours).toMatch(/ tcp-ulp-mptcp flags:Mmec token:0000\(id:0\)\/[0-9a-f]{4,8}\(id:0\) seq:/)
      expect(ours).toMatch(/ tcp-ulp-mptcp flags:J/)
    })
  },
)

/** Without the times since something was sent, which go on, and without blanks, of which their lengths make more or fewer. */
function atRest(text: string): string {
  return text.replaceAll(/ last(snd|rcv|ack):\d+/g, '').replaceAll(/ +/g, ' ')
}
