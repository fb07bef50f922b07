/** The segments that places.mjs asks about: kinds × places × acknowledgments, and what else a situation is curious about. */
import { TWO_32 } from '../segments.mjs'

/** Flags, and octets of text. */
const SEGMENTS = [
  ['S', 0],
  ['S.', 0],
  ['.', 0],
  ['F', 0],
  ['F.', 0],
  ['R', 0],
  ['R.', 0],
  ['P.', 10],
  ['P.', 600],
  ['FP.', 10],
  ['SF', 0],
  ['RS', 0],
  ['RF.', 0],
  ['-', 0],
  ['P', 0],
  ['P', 10],
  ['S', 10],
  ['SP.', 10],
]
/** What is asked of options, windows and marks. */
const FEW_SEGMENTS = [
  ['.', 0],
  ['P.', 10],
  ['F.', 0],
  ['S', 0],
]
const FULL_SIZED = 1460

/** Where sequence numbers lie: around what was received, and around the edge of the window. */
function placesOf({ name, rcv, edge }) {
  if (name === 'listen' || name === 'syn-sent')
    return { zero: 0, one: 1, thousand: 1000, ...(name === 'listen' ? { last: TWO_32 - 1 } : {}) }
  const places = { far: rcv - 5000, old: rcv - 100, at: rcv, inside: rcv + 100, behindGap: rcv + 250 }
  for (const [word, middle] of [
    ['rcv', rcv],
    ['edge', edge],
  ])
    for (const by of [-10, -5, -1, 0, 1, 50]) places[`${word}${by < 0 ? by : `+${by}`}`] = middle + by
  return places
}

function acksOf({ una, nxt }) {
  return {
    far: una - 100_000,
    'una-1': una - 1,
    una,
    ...(nxt - una > 50 ? { part: una + 50 } : {}),
    ...(nxt - una > FULL_SIZED ? { one: una + FULL_SIZED } : {}),
    ...(nxt - una > 4 * FULL_SIZED ? { four: una + 4 * FULL_SIZED } : {}),
    'nxt-1': nxt - 1,
    'nxt+1': nxt + 1,
    beyond: nxt + 1000,
  }
}

/** What a situation asks beside plain segments: options, windows, marks, urgent pointers. */
function* extras({ name, traits, una, nxt }) {
  for (const win of traits.has('persist') ? [500, 3000] : traits.has('flight') ? [0, 100, 2000] : []) yield { win }
  if (traits.has('ecn'))
    for (const mark of ['[noecn] ', '[ect0] ', '[ce] ']) for (const more of ['', 'E', 'W', 'EW']) yield { mark, more }
  if (traits.has('urgent')) for (const urgent of [0, 1, 10, 20, 100]) yield { more: 'U', urgent: ` urg ${urgent}` }
  if (traits.has('disorder') || traits.has('recovery') || traits.has('loss'))
    for (const [left, right] of [
      [1, 2],
      [1, 5],
      [5, 6],
      [9, 10],
      [0, 1],
      [0, 10],
      [-1, 0],
    ])
      yield { sack: `${Math.max(0, una + left * FULL_SIZED)}:${Math.min(nxt, una + right * FULL_SIZED)}` }
  if (name === 'listen' || name === 'syn-sent')
    for (const options of [
      'mss 1000',
      'mss 10',
      'TS val 500 ecr 0,eol,eol',
      'TS val 500 ecr 100,eol,eol',
      'TS val 500 ecr 7,eol,eol',
      'sackOK,nop,nop,nop,wscale 7',
      'FO,nop,nop',
    ])
      yield { options }
}

/** Everything that is asked of a state: `id`, and `asked`, the segment. */
export function* cells(state) {
  const { name, nxt, una, traits } = state
  const places = placesOf(state)
  const [at, beside, inside] = 'at' in places ? ['at', 'rcv-1', 'inside'] : ['zero', 'one', 'thousand']
  const acks = acksOf(state)
  let clock = 0
  const segment = (flags, length, place, said, ack, extra = {}) => {
    const { win = state.window, mark = '', more = '', urgent = '', sack, options } = extra
    const first = (places[place] + TWO_32) % TWO_32
    const acknowledges = flags.includes('.') ? ` ack ${(ack + TWO_32) % TWO_32}` : ''
    const parts = options === undefined ? [] : [options]
    clock = traits.has('old') ? 510 : 1510
    if (traits.has('stamps') && !traits.has('bare') && options === undefined)
      parts.push(`nop,nop,TS val ${clock} ecr 100`)
    if (sack !== undefined) parts.push(`nop,nop,sack ${sack}`)
    const words = `${mark}${flags}${more} ${first}:${(first + length) % TWO_32}(${length})${acknowledges} win ${win}${urgent}`
    const extras = Object.entries(extra).map(([key, value]) => ` ${key} ${String(value).trim()}`)
    return {
      id: `${name} ${flags} ${length} at ${place} ack ${said}${extras.join('')}`,
      state,
      asked: `< ${words}${parts.length === 0 ? '' : ` <${parts.join(',')}>`}`,
    }
  }
  for (const [flags, length] of SEGMENTS) {
    for (const place of Object.keys(places)) yield segment(flags, length, place, 'nxt', nxt)
    if (flags.includes('.'))
      for (const [said, ack] of Object.entries(acks))
        for (const place of [at, beside, inside]) yield segment(flags, length, place, said, ack)
  }
  const opens = name === 'listen' || name === 'syn-sent'
  for (const extra of extras(state))
    for (const [flags, length] of opens ? [...FEW_SEGMENTS, ['S.', 0]] : FEW_SEGMENTS) {
      if (flags === 'S' && extra.sack !== undefined) continue
      const said = Object.entries({
        una,
        nxt,
        ...(acks.one && { one: acks.one }),
        ...(acks.four && { four: acks.four }),
      })
      for (const place of [at, beside])
        for (const [word, ack] of flags.includes('.') ? said : [['nxt', nxt]])
          yield segment(flags, length, place, word, ack, extra)
    }
}

/** Text from far away is answered wherever anybody is: a stray packet of ours would come before that answer. */
export function lastWord({ rcv, nxt, traits }) {
  const seq = rcv + 5_000_000
  return `< P. ${seq}:${seq + 10}(10) ack ${nxt} win 65535${traits.has('stamps') ? ' <nop,nop,TS val 2000 ecr 100>' : ''}`
}
