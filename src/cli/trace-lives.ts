/** What `lastack trace` says at the end of the connections that it has seen move. */
import { endsOf, type Lives, type Stay, staysOf } from '../host/index.ts'
import { columns } from './text.ts'

/** Connections whose times are printed, and ladders drawn. */
export const SHOWN_MAX = 50

/** The time in each state of each connection. Listeners, and those of which nothing but the end was seen, are left out. */
export function livesText(lives: Lives, now: number): string {
  const told = lives.all
    .map(({ socket, moves }) => ({ socket, moves, stays: staysOf(moves, now) }))
    .filter(({ stays }) => stays.length > 0 && stays.every(({ state }) => state !== 'LISTEN'))
  if (told.length === 0) return ''
  const rows = told
    .slice(0, SHOWN_MAX)
    .map(({ socket, moves, stays }) => [`#${socket}`, ...endsOf(moves), stays.map(stayText).join(', ')])
  const more = told.length - rows.length + lives.forgotten
  return `\ntime in each state\n${columns(rows, '  ')}\n${more > 0 ? `  and ${more} connections more\n` : ''}`
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
