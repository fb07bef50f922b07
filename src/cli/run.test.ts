import { describe, expect, test } from 'vitest'
import { COMMANDS } from './commands/table.ts'
import { EXIT } from './exit.ts'
import { lastack, tooWide } from './run.testing.ts'
import { version } from './version.ts'

const NAMES = COMMANDS.map(({ name }) => name)

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])(
    'lastack %j lists the commands and the exit codes',
    async (args) => {
      const { code, out, err } = await lastack(args)
      expect({ code, err }).toEqual({ code: EXIT.OK, err: '' })
      for (const name of NAMES) expect(out).toContain(`\n  ${name} `)
      expect(out).toContain('\nExit codes\n  0 ')
      expect(tooWide(out)).toEqual([])
    },
  )

  test.each(NAMES)(
    '%s --help, -h and help %s say the same, within 80 columns or as the real command does',
    async (name) => {
      const { code, out, err } = await lastack([name, '--help'])
      expect({ code, err }).toEqual({ code: EXIT.OK, err: '' })
      expect(out.toLowerCase()).toMatch(/^usage: /)
      expect(out).toMatch(/\nExamples\n/)
      expect(out).toMatch(/exit codes/i)
      if (name !== 'ss') expect(tooWide(out)).toEqual([])
      expect(await lastack([name, '-h'])).toEqual({ code, out, err })
      expect(await lastack(['help', name])).toEqual({ code, out, err })
    },
  )

  test('is no option behind a --', async () => {
    expect(await lastack(['explain', '--', '--help'])).toMatchObject({ code: EXIT.USAGE })
  })
})

test('--version and -V print the version of package.json', async () => {
  expect(version()).toMatch(/^\d+\.\d+\.\d+/)
  for (const flag of ['--version', '-V']) {
    expect(await lastack([flag])).toEqual({ code: EXIT.OK, out: `lastack ${version()}\n`, err: '' })
  }
})

describe('bad input is one line that names it and what was expected, and exit code 2:', () => {
  test.each([
    ['sss', 'lastack "sss": no such command: did you mean ss?'],
    [
      'frobnicate',
      'lastack "frobnicate": no such command: expected serve, ss, netstat, doctor, watch, who, code, heal, trace, up, nc, replay, lab, claims, pkt, sysctl, explain',
    ],
    [
      '--frobnicate',
      'lastack "--frobnicate": no such option: expected serve, ss, netstat, doctor, watch, who, code, heal, trace, up, nc, replay, lab, claims, pkt, sysctl, explain',
    ],
    ['help frobnicate', /^lastack "frobnicate": no such command: /],
    ['ss -tanY', /^lastack ss: unknown option "-Y" \(argument 1\): expected /],
    ['ss --source proc -Y', /^lastack ss: unknown option "-Y" \(argument 3\): expected /],
    ['ss -K', /^lastack ss: not offered: "-K" \(argument 1\): expected /],
    ['ss state closing-time', /^lastack ss: wrong state name "closing-time" \(argument 2\): expected a state: /],
    ['ss -t sport = eighty', /^lastack ss: .*"eighty" \(filter word 3\): expected /],
    ['ss --source lsof', 'lastack ss: unknown source "lsof": expected one of netlink, ss, proc'],
    ['netstat -Y', /^lastack netstat: unknown option "-Y" \(argument 1\): expected /],
    ['netstat -q -r', /^lastack netstat: not offered: "-r" \(argument 2\): expected /],
    ['netstat 80', /^lastack netstat: unexpected word "80" \(argument 1\): expected options only/],
    ['serve --port 65536', 'lastack serve: --port "65536": expected a number from 0 to 65535'],
    ['serve --port http', 'lastack serve: --port "http": expected a number from 0 to 65535'],
    ['serve --prot 80', 'lastack serve: unknown option "--prot": did you mean --port?'],
    ['serve 8080', 'lastack serve: unexpected word "8080": expected options only'],
  ])('%s', async (line, expected) => {
    const { code, out, err } = await lastack(line.split(' '))
    expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
    expect(err.split('\n')).toHaveLength(2)
    if (typeof expected === 'string') expect(err).toBe(`${expected}\n`)
    else expect(err).toMatch(expected)
  })
})
