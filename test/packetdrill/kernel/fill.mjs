#!/usr/bin/env node
/**
 * Writes what this machine's kernel told into scripts: a line `+TIME RECVERR FD [OCTETS]` becomes recvmsg(MSG_ERRQUEUE) with all that it filled in.
 * `fill.mjs FILE…`; root, after a build.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { playOnKernel } from './kernel.mjs'

const ASK = /^(\+\S+) RECVERR (\d+)(?: (\d+))?$/gm
const CALL = (time, fd, octets, flags, control, result) =>
  `${time} recvmsg(${fd}, {msg_name(...)=..., msg_iov(1)=[{..., ${octets}}], msg_flags=${flags}, msg_control=${control}}, MSG_ERRQUEUE) = ${result}`

const ERRNO = {
  0: '0',
  42: 'ENOMSG',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
  101: 'ENETUNREACH',
  90: 'EMSGSIZE',
  92: 'ENOPROTOOPT',
}
const ORIGIN = { 1: 'LOCAL', 2: 'ICMP', 3: 'ICMP6', 4: 'TIMESTAMPING', 5: 'ZEROCOPY' }
const KIND = ['SCM_TSTAMP_SND', 'SCM_TSTAMP_SCHED', 'SCM_TSTAMP_ACK']

function controlText({ kind, at, report }) {
  if (kind === 'time') {
    // Scripts go by twentieths of a second; a busy machine is a little late.
    const us = Math.floor(at * 20 + 0.02) * 50_000
    const data = `{scm_sec=${Math.floor(us / 1e6)}, scm_nsec=${(us % 1e6) * 1000}}`
    return `{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=${data}}`
  }
  const { ee_errno, ee_origin, ee_type, ee_code, ee_info, ee_data } = report
  const code = ee_origin === 5 && ee_code === 1 ? 'SO_EE_CODE_ZEROCOPY_COPIED' : ee_code
  const info = ee_origin === 4 ? KIND[ee_info] : ee_info
  const words = `ee_errno=${ERRNO[ee_errno] ?? ee_errno}, ee_origin=SO_EE_ORIGIN_${ORIGIN[ee_origin]}, ee_type=${ee_type}, ee_code=${code}, ee_info=${info}, ee_data=${ee_data}`
  return `{cmsg_level=CMSG_LEVEL_IP, cmsg_type=CMSG_TYPE_RECVERR, cmsg_data={${words}}}`
}

const scripts = process.argv.slice(2).map((file) => ({ file, source: readFileSync(file, 'utf8') }))
const played = playOnKernel(
  scripts.map(({ file, source }) => ({
    file,
    text: source.replace(ASK, (_all, time, fd, octets = '0') => CALL(time, fd, octets, '...', '...', '...')),
  })),
  { workers: 4, late: 0.035 },
)
for (const [i, { file, source }] of scripts.entries()) {
  const { status, line, reason, told } = played[i]
  process.stdout.write(`${status} ${file}${status === 'passed' ? '' : `:${line}: ${reason}`}\n`)
  if (status !== 'passed') continue
  const answers = [...told]
  const text = source.replace(ASK, (_all, time, fd, octets = '0') => {
    const { result, errno, flags, control } = answers.shift()
    if (errno !== null) return CALL(time, fd, octets, '0', '[]', `-1 ${errno}`)
    const words = flags & 0x20 ? 'MSG_ERRQUEUE|MSG_TRUNC' : 'MSG_ERRQUEUE'
    return CALL(time, fd, octets, words, `[${control.map(controlText).join(',\n    ')}]`, result)
  })
  writeFileSync(file, text)
}
