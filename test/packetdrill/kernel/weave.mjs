#!/usr/bin/env node
/**
 * Writes what this machine's kernel sent into scripts that say only what the peer and the program do: `weave.mjs FILE…`; root, after a
 * build. `%{ LOOK field … }%` becomes assertions on what TCP_INFO was. A file that has an expected packet already is left alone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { playOnKernel } from './kernel.mjs'

const ROUNDS = 3
/** What comes sooner than this behind an event is its answer; what comes later is a timer's. */
const ANSWER_S = 0.03
const EVENT = /^\+(\d*\.?\d+)(?:\.\.\.(\d*\.?\d+))? (.*)$/
const LOOK = /^%\{ LOOK (.*) \}%$/

const scripts = process.argv
  .slice(2)
  .map((file) => ({ file, source: readFileSync(file, 'utf8') }))
  .filter(({ source }) => !/^\S+ >/m.test(source))

/** The assertions of a look at TCP_INFO. */
function asserted(fields, record) {
  const all = fields.split(' ').map((field) => `assert tcpi_${field} == ${record[`tcpi_${field}`]}, tcpi_${field}`)
  return all.length === 1 ? `%{ ${all[0]} }%` : `%{\n${all.join('\n')}\n}%`
}

function shown(packet) {
  const words = packet.replace(/TS val \d+/, 'TS val 100')
  return / R/.test(words) ? words : words.replace(/ win \d+/, '')
}

function woven(source, { seen, times, records, cookies }) {
  const packets = seen.map((line) => {
    const [time, ...words] = line.split(' ')
    return { time: Number(time), text: shown(words.join(' ')) }
  })
  let [nominal, written, event, look] = [0, 0, 0, 0]
  const lines = []
  const put = (at, text, lasting) => {
    const step = Number((at - written).toFixed(3))
    const end = lasting === undefined ? '' : `...${Number((step + lasting).toFixed(3))}`
    lines.push(`+${step}${end} ${text}`)
    written = at
  }
  for (const line of source.split('\n')) {
    const match = EVENT.exec(line)
    if (match === null) {
      lines.push(line)
      continue
    }
    const [, start, end, what] = match
    nominal += Number(start)
    const fields = LOOK.exec(what)?.[1]
    const lasting = end === undefined ? undefined : Number(end) - Number(start)
    put(nominal, fields === undefined ? what : asserted(fields, records[look++]), lasting)
    const next = times[event + 1] ?? Number.POSITIVE_INFINITY
    while (packets.length > 0 && packets[0].time < next) {
      const { time, text } = packets.shift()
      const after = time - times[event]
      put(after < ANSWER_S ? nominal : nominal + Math.round(after * 1000) / 1000, text)
    }
    event++
  }
  return Object.entries(cookies).reduce((text, [word, hex]) => text.replaceAll(hex, word), lines.join('\n'))
}

const jobs = scripts.map(({ file, source }) => ({ file, text: source.replace(/%\{ LOOK .* \}%/g, '%{ RECORD }%') }))
const rounds = Array.from({ length: ROUNDS }, () => playOnKernel(jobs, { settle: 0.05, workers: 4 }))
const delay = ({ seen, times }) => seen.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) + (times.at(-1) ?? 0)
for (const [i, { file, source }] of scripts.entries()) {
  const good = rounds.map((outcomes) => outcomes[i]).filter(({ status }) => status === 'passed')
  const [best] = good.toSorted((a, b) => delay(a) - delay(b))
  if (best === undefined) process.stdout.write(`failed  ${file}:${rounds[0][i].line}: ${rounds[0][i].reason}\n`)
  else writeFileSync(file, woven(source, best))
}
process.stdout.write(`${scripts.length} scripts\n`)
