import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const MAKER = new URL('support/mixed-sockets.py', import.meta.url).pathname

describeNeeding(
  ['linux', 'root', 'ip', 'ss', 'netstat', 'python3', 'koffi'],
  'lastack among a thousand sockets in every state',
  () => {
    let namespace: NetworkNamespace

    beforeAll(async () => {
      namespace = new NetworkNamespace('cli')
      await firstLine(namespace.start('python3', [MAKER, '36']))
    })

    afterAll(async () => {
      await namespace?.remove()
    })

    const real = (tool: string, args: string): string => namespace.run(tool, words(args))
    const ours = (tool: string, args: string): string =>
      namespace.run(process.execPath, [LASTACK, tool, '-q', ...words(args)])

    /** What the real command and ours print while nothing moves: the real one's word before and after is the same. */
    async function atRest(tool: string, args: string): Promise<{ readonly real: string; readonly ours: string }> {
      for (let patience = 40; patience > 0; patience--) {
        const before = real(tool, args)
        const text = ours(tool, args)
        if (real(tool, args) === before) return { real: before, ours: text }
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      throw new Error('the sockets do not come to rest')
    }

    // First of all: what is in TIME-WAIT does not stay.
    describe('the pipelines that people type', () => {
      const shell = (line: string): string =>
        namespace.run('sh', ['-c', `lastack() { "${process.execPath}" "${LASTACK}" "$@"; }; ${line}`])

      test.each([
        ['netstat -tonp 2>&1 | grep CLOSE', /^tcp6? .* CLOSE_WAIT .*\/python3 +off \(0\.00\/0\/0\)$/],
        ['netstat -atnp | grep CLOSE_WAIT', /^tcp6? .* CLOSE_WAIT .*\/python3 *$/],
        ['netstat -a | grep CLOSE_WAIT', /^tcp6? .* CLOSE_WAIT *$/],
        ['ss -atnp | grep -i time-wait', /^TIME-WAIT /],
        ['ss -atnp -o state time-wait | grep -v Recv-Q', /timer:\(timewait,/],
      ])('lastack %s', (line, expected) => {
        const lines = shell(`lastack ${line}`).trimEnd().split('\n')
        expect(lines.length).toBeGreaterThan(10)
        for (const one of lines) expect(one).toMatch(expected)
      })

      test('lastack netstat -lntp 2>&1 | grep -- -', () => {
        // The line of titles, listeners without an owner, and nothing of what is said on stderr.
        const expected = namespace.run('sh', ['-c', 'netstat -lntp 2>&1 | grep -- -'])
        expect(sortedLines(shell('lastack netstat -lntp 2>&1 | grep -- -'))).toEqual(sortedLines(expected))
      })

      test('lastack ss -tan | head -1 ends quietly', () => {
        const result = spawnSync(
          'ip',
          ['netns', 'exec', namespace.name, 'sh', '-c', `"${process.execPath}" "${LASTACK}" ss -tan | head -1`],
          { ...BOUNDED, encoding: 'utf8' },
        )
        expect(result.stdout).toMatch(/^State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port *Process *\n$/)
        expect(result.stderr).toBe('lastack: source netlink\n')
      })
    })

    test('a full disk below standard output is told in a line', () => {
      const [full, errors] = [openSync('/dev/full', 'w'), 'pipe' as const]
      const result = spawnSync(process.execPath, [LASTACK, 'lab'], {
        stdio: ['ignore', full, errors],
        ...BOUNDED,
        encoding: 'utf8',
      })
      closeSync(full)
      expect(result.status).toBe(2)
      expect(result.stderr).toBe('lastack: standard output cannot be written: ENOSPC\n')
    })

    test.each([
      '-tan',
      '-tanp',
      '-tanH',
      '-tan4',
      '-tan6',
      '-lntp',
      '-uanp',
      '-xanp',
      '-tuxan',
      '-tan state close-wait',
      '-tan exclude listening exclude time-wait',
      '-tan src 127.0.0.0/8 and not ( dport >= :40000 or sport = :1 )',
      '-tan dst [::1]',
      '-s',
    ])('lastack ss %s prints what ss prints, to the octet', async (args) => {
      const texts = await atRest('ss', args)
      expect(texts.ours).toBe(texts.real)
      expect(texts.ours.split('\n').length).toBeGreaterThan(3)
    })

    test.each(['-tan', '-tanp', '-lntp', '-tan4', '-uanp', '-tanW'])(
      'lastack netstat %s prints the lines that netstat prints',
      async (args) => {
        const texts = await atRest('netstat', args)
        expect(sortedLines(texts.ours)).toEqual(sortedLines(texts.real))
        expect(texts.ours.split('\n').slice(0, 2)).toEqual(texts.real.split('\n').slice(0, 2))
      },
    )

    test('lastack netstat -s prints the counters that netstat -s prints', async () => {
      const texts = await atRest('netstat', '-s')
      expect(texts.ours).toBe(texts.real)
    })

    test.each(['netlink', 'ss', 'proc'])('%s gives the same addresses and states', async (source) => {
      const addresses = (text: string): string[] => {
        const lines = text
          .trimEnd()
          .split('\n')
          .map((line) => {
            const [state, , , local, peer] = line.split(/\s+/)
            // Whether [::] takes IPv4 too, which ss prints as *, is not in /proc.
            return `${state} ${local} ${peer}`.replaceAll('[::]', '*')
          })
        return lines.sort()
      }
      const texts = await atRest('ss', '-tanH')
      const forced = namespace.run(process.execPath, [LASTACK, 'ss', '-q', '--source', source, '-tanH'])
      expect(addresses(forced)).toEqual(addresses(texts.real))
    })

    test('lastack netstat -c ends when its reader does', () => {
      const script = `"${process.execPath}" "${LASTACK}" netstat -q -cltn | head -1`
      const result = spawnSync('ip', ['netns', 'exec', namespace.name, 'sh', '-c', script], {
        encoding: 'utf8',
        timeout: 60_000,
      })
      expect(result).toMatchObject({ status: 0, stderr: '', stdout: 'Active Internet connections (only servers)\n' })
    })

    test('without root the rows are the same, and stderr says that owners are not visible', () => {
      const result = spawnSync(
        'ip',
        [
          ...['netns', 'exec', namespace.name, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
          ...[process.execPath, LASTACK, 'netstat', '-tanp'],
        ],
        { ...BOUNDED, encoding: 'utf8' },
      )
      expect(result.status).toBe(0)
      expect(result.stderr).toMatch(
        /^lastack: source netlink; the owners of \d+ sockets are unknown: .* root sees them\n$/,
      )
      expect(result.stdout).toMatch(/CLOSE_WAIT +- *\n/)
      expect(result.stdout + result.stderr).not.toMatch(/kernel/i)
    })
  },
)

function words(args: string): string[] {
  return args.split(' ')
}

function sortedLines(text: string): string[] {
  return text.trimEnd().split('\n').sort()
}
