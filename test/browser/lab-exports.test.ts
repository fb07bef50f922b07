/** What the lab saves of a run: scripts and tests that play elsewhere. No browser needed. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actsOf, actsText } from '../../apps/console/src/lab/acts-text.ts'
import { packetdrillScript } from '../../apps/console/src/lab/packetdrill-text.ts'
import { LabSession } from '../../apps/console/src/lab/session.ts'
import { fetchScenario, startScenario } from '../../src/sim/index.ts'

const LASTACK = fileURLToPath(new URL('../../bin/lastack.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const [CLIENT, SERVER] = [0, 1]
/** While a command runs nothing else of the test does, its own time limit included: one that hangs is ended, ms. */
const PATIENCE_MS = 150_000

describe('a run as a packetdrill script', () => {
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lastack-export-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  function script(id: string, host: number, ...acts: string[]): string {
    const run = startScenario(id)
    for (const act of acts) run.act(act)
    run.finish()
    const packet = (number: number): Uint8Array | undefined => run.packet(number)
    return packetdrillScript({ title: id, events: run.events(), host, sysctls: {}, packet })
  }

  test('passes lastack pkt, from either side, with and without loss', () => {
    const cases = [
      ['plain-close', CLIENT],
      ['plain-close', SERVER],
      ['plain-close', CLIENT, 'drop 11'],
      ['plain-close', SERVER, 'drop 8'],
      ['lost-final-ack', CLIENT],
      ['lost-final-ack', SERVER],
      ['half-close', CLIENT],
      ['half-close', SERVER],
      ['simultaneous-close', CLIENT],
      ['lost-fin', CLIENT],
      ['lost-fin', SERVER],
    ] as const
    for (const [index, [id, host, ...acts]] of cases.entries()) {
      writeFileSync(join(directory, `${index}-${id}-${host}.pkt`), script(id, host, ...acts))
    }
    const { stdout } = spawnSync(execPath, [LASTACK, 'pkt', '--json', directory], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    })
    const { scripts } = JSON.parse(stdout) as { scripts: { file: string; status: string; reason?: string }[] }
    expect(scripts.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(scripts).toHaveLength(cases.length)
  })
})

describe('a run as a test', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-exported-'))

  beforeAll(() => {
    mkdirSync(join(directory, 'node_modules'))
    symlinkSync(ROOT, join(directory, 'node_modules', 'lastack'))
    symlinkSync(join(ROOT, 'node_modules', 'vitest'), join(directory, 'node_modules', 'vitest'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  /** What the lab saves of a session that is addressed so. */
  async function saved(id: string, seed: number, acts: string): Promise<string> {
    const choice = { id, seed, personality: '', case: '', set: '', broken: false, beside: '', times: 1 }
    const { content } = await new LabSession({ playable: await fetchScenario(id), choice }, actsOf(acts)).save('vitest')
    return String(content)
  }

  test('passes as it is, and fails when the run is another', async () => {
    const acts = '12@1040000 cut;20@1500000 mend'
    expect(actsText(actsOf(acts))).toBe(acts)
    const text = await saved('plain-close', 7, acts)
    writeFileSync(join(directory, 'kept.test.mjs'), text)
    writeFileSync(join(directory, 'other.test.mjs'), text.replace(/endedAt: \d+/, 'endedAt: 1'))
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const args = ['run', '--root', directory, '--reporter', 'json', '--no-isolate', '--no-file-parallelism']
    const { stdout } = spawnSync(execPath, [vitest, ...args], { encoding: 'utf8', timeout: PATIENCE_MS })
    const { testResults } = JSON.parse(stdout) as { testResults: { name: string; status: string }[] }
    const statuses = new Map(testResults.map(({ name, status }) => [name.slice(directory.length + 1), status]))
    expect([...statuses].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['kept.test.mjs', 'passed'],
      ['other.test.mjs', 'failed'],
    ])
  })
})
