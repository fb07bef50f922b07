/** How far the reading of a file is. */
import { clip } from './text.ts'

/** What is known of it. */
export interface Progress {
  readonly path: string
  /** Octets. */
  readonly read: number
  /** Octets in all; undefined for a pipe. */
  readonly size: number | undefined
  readonly packets: number
  /** Since it began. */
  readonly seconds: number
}

const BAR = 24

/** `trace.pcap  ████████················  34 %  348 MB of 1.0 GB  2.1 M packets  4 s left`, within 79 columns. */
export function progressLine({ path, read, size, packets, seconds }: Progress): string {
  const name = clip(path.split('/').at(-1) ?? path, 16)
  const count = `${shortNumber(packets)} packets`
  if (size === undefined || size === 0) return `${name}  ${octets(read)}  ${count}`
  const share = Math.min(1, read / size)
  const full = Math.round(share * BAR)
  const bar = '█'.repeat(full) + '·'.repeat(BAR - full)
  const left = share > 0.01 ? `  ${Math.ceil((seconds / share) * (1 - share))} s left` : ''
  return `${name}  ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${octets(size)}  ${count}${left}`
}

/** `348 MB`, `1.0 GB`. */
function octets(count: number): string {
  return `${shortNumber(count)}${count < 999.5 ? ' ' : ''}B`
}

/** `12`, `3.4 k`, `120 M`. */
function shortNumber(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let [value, unit] = [count, 0]
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`.trimEnd()
}
