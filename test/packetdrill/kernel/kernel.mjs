/** Plays scripts on this machine's kernel, by play.py beside this file; needs root, and the library built. */
import { spawnSync } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SYMBOLS } from '../../../dist/packetdrill/calls/symbols/index.js'
import { parseScript } from '../../../dist/packetdrill/index.js'
import { givenConfig } from '../../../dist/packetdrill/run/config.js'
import { familyWords } from '../../../dist/packetdrill/run/words.js'

const PLAYER = fileURLToPath(new URL('play.py', import.meta.url))
/** A busy machine is late by more than its kernel would be. */
const TOLERANCE_S = 0.1

/**
 * What the kernel does with each script.
 * @param {readonly { file: string, text: string }[]} scripts
 * @param {{ version?: string, settle?: number, workers?: number, late?: number, drifts?: boolean }} options `version`: as in the script's option `--ip_version`;
 *   `settle`: seconds to listen on behind the last event; `late`: seconds that an event may be late; `drifts`: what comes behind a late event
 *   is as late
 */
export function playOnKernel(scripts, options = {}) {
  const results = playOnce(scripts, options)
  // What another program's load made late is not late the next time.
  for (let round = 0; round < 4; round++) {
    const again = [...results.keys()].filter((i) => results[i].status === 'failed')
    if (again.length === 0) break
    const repeated = playOnce(
      again.map((i) => scripts[i]),
      { ...options, workers: 4 },
    )
    for (const [k, i] of again.entries()) results[i] = repeated[k]
  }
  return results
}

function playOnce(scripts, { version = 'ipv4', settle = 0, workers = 16, late = TOLERANCE_S, drifts = false } = {}) {
  const words = familyWords(givenConfig([{ name: 'ip_version', value: version }]))
  const jobs = scripts.map(({ file, text }) => ({
    file,
    folder: dirname(resolve(file)),
    script: parseScript(text, { file, defines: words }),
    config: { version, mtu: version === 'ipv6' ? 1520 : 1500, tolerance: late, settle, drifts },
  }))
  const input = JSON.stringify({ symbols: Object.fromEntries(SYMBOLS), jobs })
  // Ahead of other programs, or what they make late would look like the kernel's doing; but no real-time class, which can starve the kernel.
  const played = spawnSync('nice', ['-n', '-15', 'python3', PLAYER, String(workers)], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (played.status !== 0) throw new Error(`play.py: ${played.stderr}`)
  process.stderr.write(played.stderr)
  const cookies = Object.fromEntries([...words].filter(([word]) => word.startsWith('TFO_')))
  return JSON.parse(played.stdout).map((outcome) => ({ ...outcome, cookies }))
}
