import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../exit.ts'
import { lastack } from '../run.testing.ts'

describe('bad input is named, with what was expected:', () => {
  const place = 'expected an address and a port such as 127.0.0.1:9788 or [::1]:9788, or off'
  test.each([
    ['--every often', 'lastack watch: --every "often": expected a duration such as 30s, 5m or 1h'],
    ['--listen 9788', `lastack watch: --listen "9788": ${place}`],
    ['--listen 127.0.0.1:65536', `lastack watch: --listen "127.0.0.1:65536": ${place}`],
    ['--listen ::1:9788', `lastack watch: --listen "::1:9788": ${place}`],
    ['--listen [here]:9788', `lastack watch: --listen "[here]:9788": ${place}`],
    ['--fd-share 1.5', 'lastack watch: --fd-share "1.5": expected a share from 0 to 1'],
    ['now', 'lastack watch: unexpected word "now": expected options only'],
  ])('%s', async (line, message) => {
    expect(await lastack(['watch', ...line.split(' ')])).toEqual({ code: EXIT.USAGE, out: '', err: `${message}\n` })
  })
})

test('a port that is taken is one line', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  expect(await lastack(['watch', '--listen', `127.0.0.1:${port}`])).toEqual({
    code: EXIT.USAGE,
    out: '',
    err: `lastack watch: port ${port} of 127.0.0.1 is in use: end the program that has it, or choose another port\n`,
  })
  await new Promise((resolve) => other.close(resolve))
})
