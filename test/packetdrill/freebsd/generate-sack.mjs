#!/usr/bin/env node
/**
 * Writes the scripts of ./sack: gaps, overlaps and duplicates, and what SACK blocks tell of them by FreeBSD's rules (docs/freebsd.md), written
 * down here as answers.
 *
 *     node test/packetdrill/freebsd/generate-sack.mjs
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('sack', import.meta.url))
const SETUP = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0

+0 < S 0:0(0) win 65535 <mss 1460,sackOK,eol,eol>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,eol,eol>
+.1 < . 1:1(0) ack 1 win 65535
`

/**
 * Name, what it shows, and steps, in hundreds of octets: what arrives (an F: with FIN), and after `:` what is acknowledged, then the blocks, at
 * once; without `:` an ordinary ACK comes 40 ms later.
 */
const CASES = [
  ['one-gap', 'Text behind a gap', '10-20: 0 10-20'],
  ['grows-right', 'A block that grows to the right', '10-20: 0 10-20', '20-30: 0 10-30'],
  ['grows-left', 'A block that grows to the left', '20-30: 0 20-30', '10-20: 0 10-30'],
  ['joins', 'Text that joins two blocks', '10-20: 0 10-20', '30-40: 0 30-40 10-20', '20-30: 0 10-40'],
  ['again', 'A block that came before', '10-20: 0 10-20', '10-20: 0 10-20 10-20'],
  ['again-twice', 'A block that comes three times', '10-20: 0 10-20', '10-20: 0 10-20 10-20', '10-20: 0 10-20 10-20'],
  ['again-then-more', 'What follows a duplicate', '10-20: 0 10-20', '10-20: 0 10-20 10-20', '20-30: 0 10-30'],
  ['part-again', 'Part of a block once more', '10-30: 0 10-30', '15-20: 0 15-20 10-30'],
  [
    'part-again-then-gap',
    'A part that came twice stays',
    '10-30: 0 10-30',
    '15-20: 0 15-20 10-30',
    '40-50: 0 40-50 15-20 10-30',
  ],
  ['overlap-right', 'Text that begins in a block and goes beyond it', '10-20: 0 10-20', '15-25: 0 15-20 10-25'],
  ['overlap-left', 'Text that begins before a block and ends in it', '15-25: 0 15-25', '10-20: 0 15-20 10-25'],
  ['covers', 'Text that covers a block', '15-20: 0 15-20', '10-30: 0 15-20 10-30'],
  [
    'covers-two',
    'Of two blocks that are covered, the left one',
    '10-15: 0 10-15',
    '20-25: 0 20-25 10-15',
    '10-30: 0 10-15 10-30',
  ],
  ['fills', 'Text that fills the gap', '10-20: 0 10-20', '0-10: 20'],
  [
    'fills-one-of-two',
    'Text that fills the first gap of two',
    '10-20: 0 10-20',
    '30-40: 0 30-40 10-20',
    '0-10: 20 30-40',
  ],
  ['fills-too-much', 'Text that fills the gap and more', '10-20: 0 10-20', '0-15: 20 10-15'],
  ['fills-and-covers', 'Text that fills the gap and covers the block behind it', '10-20: 0 10-20', '0-30: 30 10-20'],
  ['old', 'Text that was acknowledged', '0-10', '0-10: 10 0-10'],
  ['old-part', 'Part of what was acknowledged', '0-10', '2-4: 10 2-4', '10-20'],
  ['old-with-gap', 'Old text while other waits', '0-10', '20-30: 10 20-30', '0-10: 10 0-10 20-30', '30-40: 10 20-40'],
  ['half-old', 'Text of which half is old', '0-10', '5-15: 15 5-10'],
  ['half-old-joins', 'Text of which half is old, up to a block', '0-10', '20-30: 10 20-30', '5-20: 30 5-10'],
  [
    'five-blocks',
    'Of five blocks four',
    '10-11: 0 10-11',
    '12-13: 0 12-13 10-11',
    '14-15: 0 14-15 12-13 10-11',
    '16-17: 0 16-17 14-15 12-13 10-11',
    '18-19: 0 18-19 16-17 14-15 12-13',
  ],
  ['fin-again', 'A FIN behind a gap, twice', '10-20F: 0 10-20', '10-20F: 0 10-20 10-20', '0-10: 20F'],
]

const numbers = (range) => {
  const [, from, to, fin] = /^(\d+)-(\d+)(F?)$/.exec(range)
  return [from * 100 + 1, to * 100 + 1, fin]
}

function script(step) {
  const [arrival, answer] = step.split(': ')
  const [left, right, fin] = numbers(arrival)
  const [ack, ...blocks] = (answer ?? `${(right - 1) / 100}`).split(' ')
  const number = Number.parseInt(ack, 10) * 100 + (ack.endsWith('F') ? 2 : 1)
  const told = blocks.map((block) => numbers(block).slice(0, 2).join(':')).join(' ')
  const options = told === '' ? '' : ` <nop,nop,sack ${told}>`
  return `+.1 < ${fin}. ${left}:${right}(${right - left}) ack 1 win 65535
+${answer === undefined ? '.04' : '0'} > . 1:1(0) ack ${number}${options}
`
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER)
for (const [file, title, ...steps] of CASES) {
  writeFileSync(join(FOLDER, `${file}.pkt`), `// ${title}.\n${SETUP}\n${steps.map(script).join('')}`)
}
