import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stateBit } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { HostError } from '../errors.ts'
import type { InetDiagContext } from '../netlink/inet-diag.ts'
import { DONE, INET } from '../netlink/recorded.testing.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import { readSsDump, type SsRequest, ssArguments } from './ss-dump.ts'

const BOTH: SsRequest = { command: 'ss', families: [4, 6], states: ALL_STATES, tcpInfo: false, memory: false }

describe('the arguments', () => {
  test('ask for every state by name, in both families with one run', () => {
    const states =
      'established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait unconnected close-wait last-ack listening closing'
    const named = states.split(' ').flatMap((state) => ['state', state])
    expect(ssArguments(BOTH)).toEqual(['-tan', '-D', '-', ...named])
  })

  test('ask for what is wanted and no more', () => {
    const request: SsRequest = { ...BOTH, families: [6], states: stateBit('CLOSE-WAIT'), tcpInfo: true, memory: true }
    expect(ssArguments(request)).toEqual(['-tanim', '-6', '-D', '-', 'state', 'close-wait'])
  })

  test('are none when ss has no name for the state', () => {
    expect(ssArguments({ ...BOTH, states: stateBit('BOUND-INACTIVE') })).toBeUndefined()
  })
})

describe('a run', () => {
  let directory: string
  const context: InetDiagContext = {
    netid: 'tcp',
    source: 'ss',
    states: ALL_STATES,
    families: [4, 6],
    device: String,
    addresses: new AddressTexts(),
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lastack-ss-'))
  })

  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  /** A program that stands in for ss: it writes these octets and ends so. */
  function program(name: string, hex: string, end = 'exit 0'): string {
    const path = join(directory, name)
    const octal = hex.replace(/../g, (pair) => `\\${Number.parseInt(pair, 16).toString(8).padStart(3, '0')}`)
    writeFileSync(path, `#!/bin/sh\nprintf '${octal}'\n${end}\n`)
    chmodSync(path, 0o755)
    return path
  }

  async function rowsOf(command: string): Promise<MutableRow[]> {
    const rows: MutableRow[] = []
    await readSsDump({ ...BOTH, command }, context, rows)
    return rows
  }

  test('gives the rows of both families', async () => {
    const command = program('good', INET.closeWait4 + DONE + INET.mapped + DONE)
    expect(await rowsOf(command)).toMatchObject([
      { source: 'ss', family: 4, state: 'CLOSE-WAIT', recvQueue: 1 },
      { source: 'ss', family: 6, state: 'ESTABLISHED' },
    ])
  })

  test.each([
    ['short', INET.closeWait4 + DONE, 'exit 0', /^ss -D: an incomplete dump of \d+ octets: 1 of 2 families$/],
    ['cut', INET.closeWait4.slice(0, 100), 'exit 0', /^ss -D: an incomplete dump of 50 octets: 0 of 2 families$/],
    [
      'failing',
      '',
      'echo "ss: no such option" >&2; echo more >&2; exit 255',
      /^ss failed \(exit 255\): ss: no such option$/,
    ],
    ['killed', '', 'kill -TERM $$', /^ss failed \(SIGTERM\)/],
  ])('that is %s is one line', async (name, hex, end, message) => {
    await expect(rowsOf(program(name, hex, end))).rejects.toThrow(HostError)
    await expect(rowsOf(join(directory, name))).rejects.toThrow(message)
  })

  test('of a program that is not there is one line', async () => {
    await expect(rowsOf(join(directory, 'absent'))).rejects.toThrow(/^ss could not be run: spawn .* ENOENT$/)
  })
})
