#!/usr/bin/env node
/**
 * Plays scripts on this machine's kernel and on the stack, and tells which of nstat's counters differ in the end:
 * `counters.mjs [--ipv6] [--only=REGEXP] FILE|FOLDER…`. Scripts that fail on the kernel say nothing. Root, and the library built.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { runScript } from '../../../dist/packetdrill/index.js'
import { playOnKernel } from '../kernel/kernel.mjs'

/** So many at a time: what they say is kept until all have ended. */
const AT_A_TIME = 200
/** What the rest of the machine has to do with, and what a link without a queue never counts. */
const OTHERS = /^(Ip|Icmp|Udp)|^Tcp(RtoAlgorithm|RtoMin|RtoMax|MaxConn|CurrEstab)$|^TcpExtTCPAutoCorking$/

const args = process.argv.slice(2)
const six = args.includes('--ipv6')
const only = pattern(args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '')
const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--ipv6' && !arg.startsWith('--only='))
const paths = args.filter((arg) => !arg.startsWith('--'))
if (unknown !== undefined) refuse(`${unknown}: expected --ipv6 or --only=REGEXP`)
if (paths.length === 0) refuse('expected scripts, or folders of them')
for (const path of paths) if (!existsSync(path)) refuse(`"${path}": expected a script or a folder of them`)

function refuse(message) {
  process.stderr.write(`counters.mjs: ${message}\n`)
  process.exit(2)
}

function pattern(text) {
  try {
    return new RegExp(text)
  } catch {
    return refuse(`--only=${text}: expected a regular expression`)
  }
}

const filesOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true })
        .filter((name) => name.endsWith('.pkt'))
        .map((name) => join(path, name))
    : [path]
const scripts = paths.flatMap(filesOf).map((file) => ({ file, text: readFileSync(file, 'utf8') }))

function onStack({ file, text }) {
  const readFile = (path) => {
    try {
      return readFileSync(resolve(dirname(file), path), 'utf8')
    } catch {
      return undefined
    }
  }
  const options = six
    ? [
        { name: 'ip_version', value: 'ipv6' },
        { name: 'mtu', value: '1520' },
      ]
    : []
  return runScript(file, text, { readFile, options })
}

const differing = new Map()
let compared = 0
for (let first = 0; first < scripts.length; first += AT_A_TIME) {
  const some = scripts.slice(first, first + AT_A_TIME)
  for (const [i, { status, counters }] of playOnKernel(some, { six }).entries()) {
    const stack = onStack(some[i])
    if (status !== 'passed' || stack.status !== 'passed') continue
    compared++
    for (const [name, value] of Object.entries(counters)) {
      if (OTHERS.test(name) || !only.test(name)) continue
      const ours = stack.counters.get(name) ?? 0
      if (ours !== value)
        differing.set(name, [...(differing.get(name) ?? []), `${some[i].file}: ${ours}, the kernel ${value}`])
    }
  }
}
for (const [name, where] of [...differing].sort(([, a], [, b]) => b.length - a.length)) {
  process.stdout.write(
    `${name}: ${where.length} of ${compared} scripts\n${where
      .slice(0, 5)
      .map((line) => `  ${line}\n`)
      .join('')}`,
  )
}
process.stdout.write(`${compared} of ${scripts.length} scripts compared, ${differing.size} counters differ\n`)
