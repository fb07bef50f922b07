import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const MAKER = fileURLToPath(new URL('../../../scripts/make-capture.mjs', import.meta.url))
const OCTETS = 100_000_000

/** What it costs the page to be given a large capture. */
export interface CaptureCost {
  readonly octets: number
  /** From the drop to its ladder, ms. */
  readonly ms: number
  /** While it was read: frames in a second, and the longest time without one. */
  readonly framesPerSecond: number
  readonly longestGapMs: number
  /** Resident memory of the page's process before and at its highest, octets. */
  readonly memoryBefore: number
  readonly memoryMost: number
}

/** Drops a capture of 100 MB on the page. */
export async function captureCost(page: Page, url: string): Promise<CaptureCost> {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-bench-'))
  try {
    const file = join(folder, 'large.pcapng')
    execFileSync(execPath, [MAKER, file, String(OCTETS)])
    await page.goto(`${url}/#/capture`)
    const input = page.getByLabel('Capture file')
    // Kept from the page until it is dropped: only so does it come from the disk as a user's would.
    await page.evaluate(() => {
      document.addEventListener('change', (event) => event.stopPropagation(), { capture: true, once: true })
    })
    await input.setInputFiles(file)
    const memoryBefore = memoryOf('VmRSS')
    const cost = await input.evaluate(async (input) => {
      const dropped = (input as HTMLInputElement).files?.[0]
      if (dropped === undefined) throw new Error('no file')
      const data = new DataTransfer()
      data.items.add(dropped)
      const began = performance.now()
      let [frames, longestGapMs, last] = [0, 0, began]
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data }))
      while (document.querySelector('.capture-path') === null) {
        const now = await new Promise(requestAnimationFrame)
        frames++
        longestGapMs = Math.max(longestGapMs, now - last)
        last = now
      }
      const ms = performance.now() - began
      return { ms, framesPerSecond: (frames * 1000) / ms, longestGapMs }
    })
    return { octets: statSync(file).size, ...cost, memoryBefore, memoryMost: memoryOf('VmHWM') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Whether a process descends from this one. */
function isOurs(pid: string): boolean {
  if (Number(pid) <= 1) return false
  const parent = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return Number(parent) === process.pid || isOurs(parent)
}

/** A line of the largest renderer's status, octets. */
function memoryOf(line: 'VmRSS' | 'VmHWM'): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const sizes = all.map((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer') || !isOurs(pid)) return 0
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024
    } catch {
      // It ended while we looked.
      return 0
    }
  })
  return Math.max(...sizes)
}
