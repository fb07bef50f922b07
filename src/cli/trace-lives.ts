/** What `lastack trace` says at the end of the connections that it has seen move. */
import { counted } from '../base/index.ts'
import { endsOf, type Lives, type Stay, staysOf } from '../host/index.ts'
import { columns } from './text.ts'

/** Connections whose times are printed, and ladders drawn. */
export const SHOWN_MAX = 50

/**
 * The time in each state of each connection, a line for each; at a terminal too narrow for that the states go on below. Listeners, and
 * those of which nothing but the end was seen, are left out.
 */
export function livesText(lives: Lives, now: number, width: number = Number.POSITIVE_INFINITY): string {
  const told = lives.all
    .map(({ socket, moves }) => ({ socket, moves, stays: staysOf(moves, now) }))
    .filter(({ stays }) => stays.length > 0 && stays.every(({ state }) => state !== 'LISTEN'))
  if (told.length === 0) return ''
  const shown = told.slice(0, SHOWN_MAX)
  const states = shown.map(({ stays }) => stays.map(stayText))
  const heads = shown.map(({ socket, moves }) => [`#${socket}`, ...endsOf(moves)])
  const oneLine = columns(
    heads.map((head, i) => [...head, (states[i] ?? []).join(', ')]),
    '  ',
  )
  const isNarrow = oneLine.split('\n').some((line) => line.length > width)
  const below = (head: string, i: number): string => `${head}\n${filled(states[i] ?? [], width, '      ')}`
  const rows = isNarrow ? columns(heads, '  ').split('\n').map(below).join('\n') : oneLine
  const more = told.length - shown.length + lives.forgotten
  return `\ntime in each state\n${rows}\n${more > 0 ? `  and ${counted(more, 'connection')} more\n` : ''}`
}

/** As many items on a line as fit. */
function filled(items: readonly string[], width: number, indent: string): string {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last !== undefined && indent.length + last.length + item.length + 3 <= width)
      lines[lines.length - 1] = `${last}, ${item}`
    else lines.push(item)
  }
  return lines.map((line, i) => `${indent}${line}${i < lines.length - 1 ? ',' : ''}`).join('\n')
}

function stayText({ state, duration, exact, isOpen }: Stay): string {
  return `${state} ${durationText(duration, exact)}${isOpen ? ' so far' : ''}`
}

/** µs as seconds: with all six digits where they are known. */
export function durationText(duration: number, exact: boolean): string {
  if (exact) return `${(duration / 1e6).toFixed(6)} s`
  const tenths = (duration / 1e6).toFixed(1)
  return tenths === '0.0' ? 'under 0.1 s' : `about ${tenths} s`
}
