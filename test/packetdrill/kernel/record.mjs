#!/usr/bin/env node
/**
 * Writes the scripts of ../recovery, ../congestion and ../timers: stories of loss, of windows, of time. A story is what the peer and the
 * program do; what the stack sends and what TCP_INFO says between is what this machine's kernel did: run as root, after a build.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playOnKernel } from './kernel.mjs'
import { STORIES } from './stories.mjs'
import { ACCURATE_ECN_STORIES } from './stories-accurate-ecn.mjs'
import { ECN_STORIES } from './stories-ecn.mjs'
import { METRICS_STORIES } from './stories-metrics.mjs'
import { MTU_STORIES } from './stories-mtu.mjs'
import { OPENING_STORIES } from './stories-opening.mjs'
import { RECEIVE_STORIES } from './stories-receive.mjs'
import { ROUTE_STORIES } from './stories-routes.mjs'
import { SENDING_STORIES } from './stories-sending.mjs'
import { TIMESTAMP_STORIES } from './stories-timestamps.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = 3
/** What comes sooner than this behind an event is its answer; what comes later is a timer's. */
const ANSWER_S = 0.004

const only = process.argv.slice(2)
const stories = [
  ...STORIES,
  ...ECN_STORIES,
  ...ACCURATE_ECN_STORIES,
  ...MTU_STORIES,
  ...ROUTE_STORIES,
  ...RECEIVE_STORIES,
  ...SENDING_STORIES,
  ...TIMESTAMP_STORIES,
  ...METRICS_STORIES,
  ...OPENING_STORIES,
].filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)))

/** The story as a script without expectations; `!` stands for a look at TCP_INFO. */
function skeleton({ title, sysctls, events }) {
  const head = `// ${title}\n\`sysctl -q ${sysctls.join(' ')}\`\n`
  const lines = events.map(([step, what]) => `+${step} ${what.startsWith('!') ? '%{ RECORD }%' : what}`)
  return { head, text: `${head}\n${lines.join('\n')}\n` }
}

/** The same story, with what the kernel did woven in. */
function told(story, outcome) {
  const lines = []
  const packets = outcome.seen.map((line) => {
    const [time, ...words] = line.split(' ')
    return { time: Number(time), text: words.join(' ') }
  })
  const handshake = /^> (\[\w+\] )?S/
  let [nominal, written, looks] = [0, 0, 0]
  const put = (when, text) => {
    const at = Math.max(when, written)
    lines.push(`+${Number((at - written).toFixed(3))} ${text}`)
    written = at
  }
  for (const [i, [step, what]] of story.events.entries()) {
    nominal = Math.round((nominal + Number(step)) * 1e6) / 1e6
    if (what.startsWith('!')) put(nominal, look(what.slice(1), outcome.records[looks++]))
    else put(nominal, what)
    const next = outcome.times[i + 1] ?? Number.POSITIVE_INFINITY
    while (packets.length > 0 && packets[0].time < next) {
      const { time, text } = packets.shift()
      const after = time - outcome.times[i]
      const shown = handshake.test(text) || story.windows ? text : text.replace(/ win \d+/, '')
      put(
        after < ANSWER_S ? nominal : nominal + Math.round(after * 1000) / 1000,
        // Where a story names the first of ours, echoes mean that one.
        marked(story, shown).replace(/TS val \d+/, `TS val ${story.stamps ? 200 : 100}`),
      )
    }
  }
  return lines.join('\n')
}

/** Where codepoints are the question, their absence is an answer too. */
function marked({ ecn }, packet) {
  return ecn && !packet.startsWith('> [') ? packet.replace('> ', '> [noecn] ') : packet
}

/** `cwnd ssthresh` of `!cwnd ssthresh` as assertions. */
function look(fields, record) {
  const asserts = fields.split(' ').map((field) => `assert tcpi_${field} == ${record[`tcpi_${field}`]}, tcpi_${field}`)
  return asserts.length === 1 ? `%{ ${asserts[0]} }%` : `%{\n${asserts.join('\n')}\n}%`
}

const scripts = stories.map((story) => ({ file: join(ROOT, `${story.name}.pkt`), text: skeleton(story).text }))
for (const { file } of scripts) mkdirSync(dirname(file), { recursive: true })
const rounds = Array.from({ length: ROUNDS }, () => playOnKernel(scripts, { settle: 0.05, workers: 6 }))
for (const [i, story] of stories.entries()) {
  const texts = rounds.map((outcomes) => outcomes[i]).filter(({ status }) => status === 'passed')
  if (texts.length === 0) {
    process.stdout.write(`${story.name}: ${rounds[0][i].reason} (line ${rounds[0][i].line})\n`)
    continue
  }
  // The load of the machine only ever adds: the soonest run is the truest.
  const delay = ({ seen, times }) =>
    seen.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) + seen.length + times.at(-1)
  const best = texts.toSorted((a, b) => delay(a) - delay(b))[0]
  writeFileSync(scripts[i].file, `${skeleton(story).head}\n${told(story, best)}\n`)
}
process.stdout.write(`${stories.length} stories\n`)
