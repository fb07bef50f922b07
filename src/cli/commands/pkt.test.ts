import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../exit.ts'
import { lastack, tooWide } from '../run.testing.ts'

const LASTACK = fileURLToPath(new URL('../../../bin/lastack.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lastack-pkt-'))
const GOOD = join(folder, 'b', 'good.pkt')
const WRONG = join(folder, 'wrong.pkt')
const OTHER = join(folder, 'a', 'other.pkt')

beforeAll(() => {
  mkdirSync(join(folder, 'a'))
  mkdirSync(join(folder, 'b'))
  writeFileSync(GOOD, '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `./set.sh`\n')
  writeFileSync(join(folder, 'b', 'set.sh'), 'sysctl -q net.ipv4.tcp_sack=0\n')
  writeFileSync(OTHER, '0 `reboot`\n')
  writeFileSync(
    WRONG,
    '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S. 0:0(0) <...>\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pkt = (...args: string[]) => lastack(['pkt', ...args])

describe('a directory', () => {
  test('is searched for scripts, in order: a line for each, and a line for all', async () => {
    const { code, out, err } = await pkt(folder)
    const lines = out.split('\n')
    expect(code).toBe(EXIT.FINDINGS)
    expect(err).toBe('')
    expect(lines[0]).toBe(`skipped ${OTHER}:1: unsupported command reboot`)
    expect(lines[1]).toBe(`passed  ${GOOD}`)
    expect(lines[2]).toBe(`failed  ${WRONG}:4: the packet differs in flags`)
    expect(lines[3]).toBe('  expected  > S. 0:0(0) <...>')
    expect(lines[4]).toMatch(/^ {2}seen {6}> S 0:0\(0\) <mss 1460,sackOK,/)
    expect(out).toContain('linux │')
    expect(out).toMatch(/\n1 passed, 1 failed, 1 skipped\n$/)
    expect(tooWide(out.split('\n').slice(5).join('\n'))).toEqual([])
  })

  test('may hold scripts of FreeBSD, which its folder or its sysctls tell', async () => {
    const mixed = mkdtempSync(join(folder, 'systems-'))
    const info = (state: string): string =>
      `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{ assert tcpi_state == ${state} }%\n`
    mkdirSync(join(mixed, 'BSD'))
    writeFileSync(join(mixed, 'BSD', 'one.pkt'), info('0'))
    writeFileSync(join(mixed, 'two.pkt'), `\`sysctl net.inet.tcp.ecn.enable=0\`\n${info('0')}`)
    writeFileSync(join(mixed, 'three.pkt'), info('7'))
    const { code, out } = await pkt(mixed)
    expect(out).toMatch(/3 passed, 0 failed, 0 skipped\n$/)
    expect(code).toBe(EXIT.OK)
    rmSync(mixed, { recursive: true })
  })

  test('may hold what cannot be read: it is told, and the others run', async () => {
    const mixed = mkdtempSync(join(folder, 'mixed-'))
    const [garbage, missing, right] = ['garbage.pkt', 'missing.pkt', 'right.pkt'].map((name) => join(mixed, name))
    writeFileSync(garbage as string, '\u0000\u001b[31m\n')
    symlinkSync(join(mixed, 'nowhere'), missing as string)
    mkdirSync(join(mixed, 'folder.pkt'))
    writeFileSync(right as string, '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n')
    const { code, out } = await pkt(mixed)
    expect(code).toBe(EXIT.USAGE)
    expect(out.split('\n').slice(0, 4)).toEqual([
      `failed  ${garbage}:1:1: found a NUL octet, expected an event: a time (0.1, +0.1, *), or a \`command\` at the end`,
      `failed  ${missing}: ENOENT: expected a script or a directory of them`,
      `passed  ${right}`,
      '1 passed, 2 failed, 0 skipped',
    ])
    rmSync(mixed, { recursive: true })
  })

  test('may hold what is no file, which is not waited for, and hidden folders, which are not searched', async () => {
    const mixed = mkdtempSync(join(folder, 'kinds-'))
    const right = join(mixed, 'right.pkt')
    writeFileSync(right, '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n')
    mkdirSync(join(mixed, '.git'))
    writeFileSync(join(mixed, '.git', 'hidden.pkt'), 'no script')
    execFileSync('mkfifo', [join(mixed, 'a.pkt')], { timeout: 10_000 })
    const { code, out } = await pkt(mixed, join(mixed, 'missing.pkt'))
    expect(code).toBe(EXIT.USAGE)
    expect(out.split('\n').slice(0, 4)).toEqual([
      `failed  ${join(mixed, 'a.pkt')}: a FIFO: expected a regular file`,
      `passed  ${right}`,
      `failed  ${join(mixed, 'missing.pkt')}: ENOENT: expected a script or a directory of them`,
      '1 passed, 2 failed, 0 skipped',
    ])
    expect((await pkt(join(mixed, 'a.pkt'))).err).toContain('a.pkt": a FIFO: expected a regular file')
    rmSync(mixed, { recursive: true })
  })

  test('is told as JSON', async () => {
    const { code, out } = await pkt('--json', folder)
    const { scripts } = JSON.parse(out) as {
      scripts: { file: string; status: string; reason: string; line?: number }[]
    }
    expect(code).toBe(EXIT.FINDINGS)
    expect(scripts.map(({ file, status }) => [file, status])).toEqual([
      [OTHER, 'skipped'],
      [GOOD, 'passed'],
      [WRONG, 'failed'],
    ])
    expect(scripts[1]).toEqual({ file: GOOD, status: 'passed', reason: '' })
    const all = JSON.parse((await pkt('--json', '--ladder', '-v', GOOD)).out)
    expect(all.scripts[0]).toMatchObject({ output: [expect.stringContaining('socket('), expect.anything()] })
    expect(all.scripts[0].ladder).toContain('linux │')
    expect(scripts[2]).toMatchObject({ line: 4, reason: expect.stringContaining('the packet differs in flags') })
  })
})

test('options of packetdrill, a word by -D, and the ladder of a script that passes', async () => {
  const script = join(folder, 'b', 'good.pkt')
  const { code, out } = await pkt('--ladder', '-D', 'X=1', '--ip_version=ipv6', '--tolerance_usecs=100', '-v', script)
  expect(code).toBe(EXIT.OK)
  expect(out).toContain('AF_INET6')
  expect(out).toContain('  0.00001  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3')
})

test('- is a script on standard input', async () => {
  const child = spawn(process.execPath, [LASTACK, 'pkt', '-'], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end('0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n')
  expect(await text(child.stdout)).toBe('passed  -\n1 passed, 0 failed, 0 skipped\n')
})

test('a value may stand behind its option, -v several times, and -- before the names', async () => {
  const { code, out } = await pkt('--ip_version', 'ipv6', '--tolerance_usecs', '100', '--non_fatal', '-vv', '--', GOOD)
  expect(code).toBe(EXIT.OK)
  expect(out).toContain('  0.00001  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3')
  const warned = await pkt('--non_fatal', 'packet', '--strict_segments', WRONG)
  expect(warned.out).toContain('warning: line 4: the packet differs in flags')
})

describe('bad input is one line and exit 2:', () => {
  test.each([
    [[], 'nothing to run'],
    [['/no/such/place'], '"/no/such/place": ENOENT'],
    [['--personality', 'beos', '/'], '"beos": no such personality'],
    [['--ip_versin=ipv6', '/'], 'unknown option "--ip_versin": did you mean --ip_version?'],
    [['-x', '/'], 'unknown option "-x"'],
    [['--json=1', '/'], '--json takes no value'],
    [['-D', '1X=2', '/'], '-D "1X=2": expected NAME=VALUE'],
    [['--mtu=1400.5', '/'], '--mtu=1400.5: expected a whole number from 68 to 65535'],
    [['--mtu=huge', '/'], '--mtu=huge: expected a whole number from 68 to 65535'],
    [[join(folder, 'none')], 'no script in'],
  ])('%j', async (args, message) => {
    mkdirSync(join(folder, 'none'), { recursive: true })
    const { code, out, err } = await pkt(...args)
    expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
    expect(err).toContain(message)
    expect(err.split('\n')).toHaveLength(2)
  })

  test('a script that cannot be read is shown where', async () => {
    const script = join(folder, 'syntax.pkt')
    writeFileSync(script, '\n+0 =junk\n')
    const { code, out, err } = await pkt(script)
    expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
    const lines = err.trimEnd().split('\n')
    const [line, mark] = lines.slice(-2)
    expect(lines.slice(0, -2).join(' ')).toMatch(/^lastack pkt: .*syntax\.pkt:2:4: found "=junk", expected "<" or ">"/)
    expect(tooWide(err)).toEqual([])
    expect([line, mark]).toEqual(['  +0 =junk', '     ^'])
    // Tabs and other people's letters move no mark.
    writeFileSync(script, '+0\tclose(4)\t= −1 EBADF\n')
    expect((await pkt(script)).err.split('\n').slice(-3, -1)).toEqual(['  +0 close(4) = −1 EBADF', '                ^'])
    writeFileSync(script, '/* é */ +0 =junk\n')
    expect((await pkt(script)).err.split('\n').slice(-3, -1)).toEqual(['  /* é */ +0 =junk', `  ${' '.repeat(11)}^`])
    // The end of the script is the end of its last line.
    writeFileSync(script, '+0 close(4) =\n')
    expect((await pkt(script)).err.split('\n').slice(-3, -1)).toEqual(['  +0 close(4) =', `  ${' '.repeat(13)}^`])
    rmSync(script)
  })

  test('of a long line what is around the mark', async () => {
    const script = join(folder, 'long.pkt')
    for (const [before, behind, start, end] of [
      [50_000, 50_000, '  …', '…'],
      [0, 50_000, '  +0', '…'],
      [50_000, 0, '  …', 'junk'],
    ] as const) {
      writeFileSync(script, `/* ${'x'.repeat(before)} */ +0 =junk${'y'.repeat(behind)}\n`.replace('/*  */ ', ''))
      const { err } = await pkt(script)
      const [line = '', mark = ''] = err.trimEnd().split('\n').slice(-2)
      expect(tooWide(err)).toEqual([])
      expect(line.startsWith(start) && line.endsWith(end)).toBe(true)
      expect(line.slice(mark.length - 1)).toMatch(/^=junk/)
    }
    rmSync(script)
  })

  test('scripts of which none was played are no success', async () => {
    const { code, out } = await pkt(OTHER)
    expect(code).toBe(EXIT.USAGE)
    expect(out).toBe(`skipped ${OTHER}:1: unsupported command reboot\n0 passed, 0 failed, 1 skipped\n`)
  })
})
