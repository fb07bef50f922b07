import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type LabResult, listScenarios } from '../../sim/index.ts'
import { EXIT } from '../exit.ts'
import { lastack, tooWide } from '../run.testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'lastack-lab-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lab = (...args: string[]) => lastack(['lab', ...args])
const playable = listScenarios()

describe('the list', () => {
  test('has every scenario and claim with its title, within 80 columns', async () => {
    const { code, out } = await lab()
    expect(code).toBe(EXIT.OK)
    for (const { id } of playable) expect(out).toMatch(new RegExp(`^ {2}${id} `, 'm'))
    expect(tooWide(out)).toEqual([])
  })

  test('is there as JSON', async () => {
    expect(JSON.parse((await lab('--json')).out)).toHaveLength(playable.length)
  })
})

describe('a run prints what it is, the ladder, what was expected, both tables and the verdict:', () => {
  const ids = playable.filter(({ kind }) => kind === 'scenario').map(({ id }) => id)

  test.each(ids)('%s', async (id) => {
    const { out, err } = await lab(id)
    const titles = [`${id}: `, '\nlinux, seed 1; ', ' │', '\nExpected\n', ': the end', '\nVerdict: ']
    const places = titles.map((title) => out.indexOf(title))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(err).toBe('')
    expect(tooWide(out)).toEqual([])
  })

  test('and a claim', async () => {
    const { code, out } = await lab('fin-timeout-is-2msl')
    expect(code).toBe(EXIT.OK)
    expect(out).toMatch(/\nVerdict: false: TIME-WAIT lasted 60 s/)
    expect(tooWide(out)).toEqual([])
  })
})

test('what a run changes is said above it, and changes the run', async () => {
  const { out } = await lab(
    ...['fin-timeout-is-2msl', '--mutation', 'fin-timeout-is-time-wait'],
    ...['--set', 'net.ipv4.tcp_keepalive_time=10', '--seed', '42'],
  )
  expect(out).toContain('\nlinux, seed 42; ')
  expect(out).toContain('\nset on every host: net.ipv4.tcp_keepalive_time = 10\n')
  expect(out).toContain('\nbroken on purpose (fin-timeout-is-time-wait): ')
  expect(out).toMatch(/\nVerdict: true: /)
})

test('another personality plays with its own numbers', async () => {
  expect((await lab('restart-server', '--personality', 'freebsd')).out).toContain('EADDRINUSE is 48 on FreeBSD')
  expect((await lab('restart-server')).out).toContain('EADDRINUSE is 98 on Linux')
})

test('a case is chosen by its id, and the others are named', async () => {
  const { out } = await lab('close-wait-times-out', '--case', 'user-timeout')
  expect(out).toContain('\ncase user-timeout: ')
  expect(out).toMatch(/also: --case idle,\s--case unacknowledged-data\)/)
  expect(out).toMatch(/\nVerdict: true: /)
})

test('--json has everything, with cookies as text', async () => {
  const { code, out } = await lab('plain-close', '--json')
  const result = JSON.parse(out) as LabResult
  expect(code).toBe(EXIT.OK)
  expect(result).toMatchObject({ seed: 1, personality: 'linux', verdict: 'pass', info: { id: 'plain-close' } })
  expect(result.events.length).toBeGreaterThan(50)
  expect(Object.keys(result.tables)).toEqual(['client', 'server'])
})

test('equal seeds give equal capture files, others do not', async () => {
  const capture = async (seed: string, name: string): Promise<Buffer> => {
    const path = join(folder, name)
    expect(await lab('lost-final-ack', '--seed', seed, '--pcap', path)).toMatchObject({ code: EXIT.OK })
    return readFileSync(path)
  }
  const [first, again, other] = [await capture('7', 'a'), await capture('7', 'b'), await capture('8', 'c')]
  expect(first.readUInt32LE(0)).toBe(0x0a0d0d0a)
  expect(again.equals(first)).toBe(true)
  expect(other.equals(first)).toBe(false)
})

test('a long ladder is cut in the middle, unless the whole is asked for', async () => {
  const short = await lab('bulk-with-loss')
  const full = await lab('bulk-with-loss', '--full')
  expect(short.out).toMatch(/\n… \d+ lines left out \(--full prints them\)\n/)
  expect(full.out).not.toContain('left out')
  expect(full.out.length).toBeGreaterThan(short.out.length)
})

test('bulk is carried as many times as one says', async () => {
  const results = ['1', '3'].map(
    async (times) => JSON.parse((await lab('bulk', '--json', '--times', times)).out) as LabResult,
  )
  const [once, thrice] = (await Promise.all(results)).map(({ verdict, events }) => {
    const segments = events.filter((event) => event.kind === 'segment' && event.direction === 'out')
    return { verdict, octets: segments.reduce((sum, event) => sum + (event.kind === 'segment' ? event.length : 0), 0) }
  })
  expect([once?.verdict, thrice?.verdict]).toEqual(['pass', 'pass'])
  expect((thrice?.octets ?? 0) - (once?.octets ?? 0)).toBeGreaterThanOrEqual(2_000_000)
})

test('colours are for terminals that have them', async () => {
  expect((await lab('plain-close')).out).not.toContain('\u001b[')
})

describe('bad input is one line, and exit code 2:', () => {
  test.each([
    ['plain-clos', 'lastack lab: unknown scenario "plain-clos": did you mean plain-close?'],
    ['xyzzy', 'lastack lab: unknown scenario "xyzzy": lastack lab lists them'],
    ['plain-close half-close', 'lastack lab: unexpected word "half-close": expected one NAME'],
    ['plain-close --sed 1', 'lastack lab: unknown option "--sed": did you mean --seed or --set?'],
    ['plain-close --seed x', 'lastack lab: --seed "x": expected a whole number, at most 2^53'],
    ['plain-close --seed 99999999999999999999', /--seed "9+": expected a whole number, at most 2\^53$/m],
    [
      'plain-close --set tcp_fin_timeout',
      'lastack lab: --set "tcp_fin_timeout": expected NAME=VALUE, such as net.ipv4.tcp_fin_timeout=5',
    ],
    ['plain-close --set tcp_fin_timeuot=5', /unknown sysctl 'tcp_fin_timeuot' for linux; did you mean net\.ipv4\./],
    ['plain-close --set tcp_fin_timeout=soon', /tcp_fin_timeout: 'soon' is not a whole number/],
    ['plain-close --personality linus', /unknown personality 'linus'; expected linux, /],
    ['bulk --times x', 'lastack lab: --times "x": expected a whole number, 1 to 300'],
    ['bulk --times 301', 'lastack lab: 301 times as much: expected a whole number, 1 to 300'],
    ['plain-close --times 2', "lastack lab: 'plain-close' carries no bulk, and cannot carry 2 times as much"],
    ['plain-close --mutation none', /unknown mutation 'none'; expected /],
    ['close-wait-times-out --case none', /has no case 'none'; expected idle, /],
    [
      'fin-timeout-is-2msl --personality windows',
      /^lastack lab: 'fin-timeout-is-2msl' cannot be played on windows: unknown sysctl 'net\.ipv4\.tcp_fin_timeout'/,
    ],
    [
      'plain-close --pcap /no/such/folder/x',
      'lastack lab: cannot write "/no/such/folder/x": ENOENT: expected a file in a folder that is there',
    ],
  ])('lab %s', async (line, expected) => {
    const { code, out, err } = await lab(...line.split(' '))
    expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
    expect(err.split('\n')).toHaveLength(2)
    if (typeof expected === 'string') expect(err).toBe(`${expected}\n`)
    else expect(err).toMatch(expected)
  })
})
