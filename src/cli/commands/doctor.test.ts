import { describe, expect, test } from 'vitest'
import { THRESHOLDS } from '../../doctor/index.ts'
import { EXIT } from '../exit.ts'
import { lastack } from '../run.testing.ts'

test('the help lists every threshold with its default and its reason', async () => {
  const { out } = await lastack(['doctor', '--help'])
  for (const { flag, default: value, unit } of THRESHOLDS) {
    expect(out.replaceAll(/\s+/g, ' ')).toContain(` --${flag} ${value} ${unit}. `)
  }
})

describe('bad input is named, with what was expected:', () => {
  test.each([
    ['--for soon', 'lastack doctor: --for "soon": expected a duration such as 30s, 5m or 1h'],
    ['--for 0s', 'lastack doctor: --for "0s": expected a duration such as 30s, 5m or 1h'],
    ['--pid 0', 'lastack doctor: --pid "0": expected a number from 1 to 4194304'],
    ['--port 65536', 'lastack doctor: --port "65536": expected a number from 1 to 65535'],
    ['--port 80 --port http', 'lastack doctor: --port "http": expected a number from 1 to 65535'],
    ['--fd-share 1.5', 'lastack doctor: --fd-share "1.5": expected a share from 0 to 1'],
    ['--close-wait-count many', 'lastack doctor: --close-wait-count "many": expected a number of sockets'],
    ['--close-wait-count', 'lastack doctor: --close-wait-count needs a number'],
    ['--close-wait-age -5', 'lastack doctor: --close-wait-age "-5": expected a number of seconds'],
    ['--pid 4194304', 'lastack doctor: --pid "4194304": expected the pid of a process that runs'],
    ['--every 5s', 'lastack doctor: --every "5s": it goes with --watch'],
    ['--watch --every often', 'lastack doctor: --every "often": expected a duration such as 30s, 5m or 1h'],
    ['now', 'lastack doctor: unexpected word "now": expected options only'],
  ])('%s', async (line, message) => {
    expect(await lastack(['doctor', ...line.split(' ')])).toEqual({ code: EXIT.USAGE, out: '', err: `${message}\n` })
  })

  test('an option that is nearly one', async () => {
    const { code, err } = await lastack(['doctor', '--close-wait-cont', '5'])
    expect(code).toBe(EXIT.USAGE)
    expect(err).toContain('did you mean --close-wait-count')
  })
})
