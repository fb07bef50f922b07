#!/usr/bin/env node
/** Plays scripts on this machine's kernel and says what came of each: `play.mjs [--ip_version=V] [--seen] [--late=SECONDS] FILE…`; root. */
import { readFileSync } from 'node:fs'
import { playOnKernel } from './kernel.mjs'

const args = process.argv.slice(2)
const files = args.filter((arg) => !arg.startsWith('--'))
const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const late = option('late')
const scripts = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }))
const outcomes = playOnKernel(scripts, {
  version: option('ip_version') ?? 'ipv4',
  settle: 0.3,
  ...(late && { late: Number(late) }),
})
for (const { file, status, reason, line, seen, told = [] } of outcomes) {
  process.stdout.write(`${status.padEnd(8)}${file}${status !== 'passed' ? `:${line}: ${reason}` : ''}\n`)
  if (status === 'failed' || args.includes('--seen'))
    for (const [what, lines] of [
      ['sent too', seen],
      ['told', told.map((answer) => JSON.stringify(answer))],
    ])
      for (const one of lines) process.stdout.write(`  ${what}  ${one}\n`)
}
process.exitCode = outcomes.every(({ status }) => status === 'passed') ? 0 : 1
