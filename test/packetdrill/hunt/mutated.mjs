/** Our own scripts as stories without what the kernel does, changed as chance has it: for mutate.mjs. */
import { readFileSync } from 'node:fs'
import { parseScript } from '../../../dist/packetdrill/index.js'
import { givenConfig } from '../../../dist/packetdrill/run/config.js'
import { familyWords } from '../../../dist/packetdrill/run/words.js'
import { chanceOf } from './chance.mjs'
import { changeSegment, changeStamps, changeSyn, inOrder, timeBefore } from './mutated-packets.mjs'

const EVENTS_MOST = 150
const LONGEST_US = 6_000_000
/** What other options than these say of a script is nothing that mutate.py knows. */
const KNOWN = new Set([
  'ip_version',
  'mtu',
  'tolerance_usecs',
  'tolerance_percent',
  'jiffies_usecs',
  'tcp_ts_tick_usecs',
])
const ASKS_OTHERS = /\b(ss|nstat|grep|netstat|sockstat)\b/
/** A kernel refuses these. */
const REFUSED = /tcp_ecn=[345]/

const VALUES = `tcp_timestamps=0,1,2 tcp_sack=0 tcp_dsack=0 tcp_ecn=0,1,2 tcp_window_scaling=0 tcp_slow_start_after_idle=0 tcp_early_retrans=0,3
tcp_recovery=0,1,2,3,5 tcp_frto=0,1 tcp_reordering=1,2,5,10 tcp_max_reordering=3 tcp_retrans_collapse=0 tcp_retries2=1,2,3,5 tcp_retries1=1
tcp_syn_retries=1 tcp_synack_retries=0,1 tcp_orphan_retries=1,2 tcp_fin_timeout=1,2 tcp_keepalive_time=1 tcp_moderate_rcvbuf=0
tcp_adv_win_scale=-2,0,1,2,3 tcp_app_win=0,4 tcp_rmem=4096_8192_20000,4096_131072_6291456,4096_30000_30000
tcp_wmem=4096_8192_20000,4096_262144_4194304,4096_16384_4194304 tcp_notsent_lowat=1,3000 tcp_autocorking=0 tcp_min_tso_segs=1,4
tcp_tso_win_divisor=0,1,8 tcp_limit_output_bytes=3000 tcp_challenge_ack_limit=0,1 tcp_invalid_ratelimit=0,100 tcp_abort_on_overflow=1
tcp_rfc1337=1 tcp_thin_linear_timeouts=1 tcp_stdurg=1 tcp_mtu_probing=1,2 tcp_base_mss=500 tcp_min_snd_mss=600 tcp_comp_sack_nr=0,2
tcp_comp_sack_delay_ns=20000000 tcp_congestion_control=reno tcp_fastopen=0,1,3,519,1027,1539 tcp_syncookies=0,2 tcp_shrink_window=1
tcp_backlog_ack_defer=0 tcp_rto_min_us=50000,400000 tcp_rto_max_ms=1000 tcp_syn_linear_timeouts=0,1 tcp_tw_reuse=0,1 ip_no_pmtu_disc=1,2
tcp_workaround_signed_windows=1 tcp_reflect_tos=1 tcp_ecn_fallback=0 tcp_ecn_option=0,1,2 tcp_pingpong_thresh=1,2 tcp_no_metrics_save=0
tcp_max_syn_backlog=1 tcp_migrate_req=1 tcp_probe_interval=1`
const SYSCTLS = VALUES.split(/\s/).flatMap((words) => {
  const [name, values] = words.split('=')
  return values.split(',').map((value) => `${name}="${value.replaceAll('_', ' ')}"`)
})
const OPTIONS = `SOL_TCP TCP_NODELAY=1 TCP_CORK=1 TCP_CORK=0 TCP_MAXSEG=500 TCP_MAXSEG=1200 TCP_QUICKACK=0 TCP_QUICKACK=1 TCP_QUICKACK=2
TCP_DEFER_ACCEPT=1 TCP_USER_TIMEOUT=500 TCP_USER_TIMEOUT=50 TCP_SYNCNT=1 TCP_LINGER2=1 TCP_LINGER2=-1 TCP_WINDOW_CLAMP=5000
TCP_WINDOW_CLAMP=300 TCP_NOTSENT_LOWAT=1 TCP_NOTSENT_LOWAT=2000 TCP_KEEPIDLE=1 TCP_KEEPINTVL=1 TCP_KEEPCNT=1 TCP_THIN_LINEAR_TIMEOUTS=1
TCP_SAVE_SYN=1 TCP_INQ=1 TCP_FASTOPEN=5 TCP_FASTOPEN_CONNECT=1 TCP_FASTOPEN_NO_COOKIE=1 TCP_TIMESTAMP=1 TCP_RTO_MAX_MS=1000
TCP_RTO_MIN_US=50000 TCP_DELACK_MAX_US=5000 SOL_SOCKET SO_KEEPALIVE=1 SO_SNDBUF=1 SO_SNDBUF=8000 SO_SNDBUF=40000 SO_RCVBUF=1
SO_RCVBUF=4000 SO_RCVBUF=60000 SO_RCVLOWAT=300 SO_RCVLOWAT=50000 SO_LINGER=0 SO_LINGER=1 SO_OOBINLINE=1 SO_MAX_PACING_RATE=100000
SO_ZEROCOPY=1 SO_TIMESTAMPING=146 SO_TIMESTAMPNS=1 SOL_IP IP_TOS=16 IP_TOS=3 IP_MTU_DISCOVER=0 IP_MTU_DISCOVER=2 IP_MTU_DISCOVER=3
IP_TTL=7 IP_RECVERR=1`
const ASKED = `SOL_SOCKET SO_ERROR SO_SNDBUF SO_RCVBUF SO_RCVLOWAT SOL_TCP TCP_MAXSEG TCP_QUICKACK TCP_WINDOW_CLAMP TCP_USER_TIMEOUT
TCP_NOTSENT_LOWAT TCP_KEEPIDLE TCP_FASTOPEN TCP_RTO_MAX_MS SOL_IP IP_MTU`

/** Each word behind its level. */
function levelled(words) {
  let level = ''
  return words.split(/\s/).flatMap((word) => {
    if (!word.startsWith('SOL_')) return [[level, ...word.split('=')]]
    level = word
    return []
  })
}
const OPTION_VALUES = levelled(OPTIONS)
const ASKED_OPTIONS = levelled(ASKED)

/** A call as a script has it, whatever it returns, read into an event. */
function callOf(us, text) {
  const { action } = parseScript(`0 ${text} = ...`, { file: 'call' }).events[0]
  return { us, action }
}

/** A script's story: `events`, each with its time; what the kernel did is left out. undefined: mutate.py cannot play it. */
function storyOf(file, version) {
  const text = readFileSync(file, 'utf8')
  if (REFUSED.test(text)) return undefined
  const own = /^--ip_version=(\S+)/m.exec(text)?.[1] ?? version
  const script = parseScript(text, { file, defines: familyWords(givenConfig([{ name: 'ip_version', value: own }])) })
  if (!script.options.every(({ name }) => KNOWN.has(name))) return undefined
  const mtu = script.options.find(({ name }) => name === 'mtu')?.value ?? (own === 'ipv6' ? 1520 : 1500)
  const events = []
  let us = 0
  for (const { time, action } of script.events) {
    if (time.kind !== 'any') us = (time.kind.startsWith('relative') ? us : 0) + (time.untilUs ?? time.us)
    if (action.kind === 'packet' && action.packet.direction === 'out') continue
    events.push({
      us,
      action: action.kind === 'shell' && ASKS_OTHERS.test(action.command.text) ? { kind: 'rows' } : action,
    })
  }
  return { file, version: own, mtu: Number(mtu), init: script.init === null ? [] : [script.init.text], events }
}

/** The streams that are open before an event, those that talk last. */
function streamsBefore(events, place) {
  let streams = []
  const listeners = new Set()
  for (const { action } of events.slice(0, place)) {
    if (action.kind !== 'call') continue
    const { name, args, result } = action.call
    if (/^(socket|accept4?)$/.test(name) && result.value.value > 2) streams.push(result.value.value)
    if (name === 'close') streams = streams.filter((fd) => fd !== args[0].value)
    if (name === 'listen') listeners.add(args[0].value)
  }
  return [...streams.filter((fd) => listeners.has(fd)), ...streams.filter((fd) => !listeners.has(fd))]
}

const somewhere = ({ events }, chance) => Math.min(4, events.length) + chance.below(Math.max(1, events.length - 3))

const CALLS = {
  shutdown: (fd, chance) => `shutdown(${fd}, ${chance.pick(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'])})`,
  close: (fd) => `close(${fd})`,
  ioctl: (fd, chance) => `ioctl(${fd}, ${chance.pick(['SIOCINQ', 'SIOCOUTQ', 'SIOCOUTQNSD', 'SIOCATMARK'])}, [...])`,
  poll: (fd, chance) =>
    `poll([{fd=${fd}, events=POLLIN|POLLOUT|POLLPRI|POLLRDHUP, revents=...}], 1, ${chance.pick([0, 0, 100])})`,
  recv: (fd, chance, size) =>
    `recv(${fd}, ..., ${size}, ${chance.pick(['0', 'MSG_WAITALL', 'MSG_DONTWAIT', 'MSG_DONTWAIT|MSG_PEEK', 'MSG_DONTWAIT|MSG_TRUNC', 'MSG_DONTWAIT|MSG_PEEK|MSG_TRUNC', 'MSG_DONTWAIT|MSG_WAITALL', 'MSG_DONTWAIT|MSG_OOB'])})`,
  recvmsg: (fd, chance, size) =>
    `recvmsg(${fd}, {msg_name(...)=..., msg_iov(1)=[{..., ${size}}], msg_flags=..., msg_control=...}, ${chance.pick(['MSG_DONTWAIT', 'MSG_DONTWAIT|MSG_PEEK', 'MSG_ERRQUEUE'])})`,
  send: (fd, chance, size) =>
    `send(${fd}, ..., ${size}, ${chance.pick(['0', 'MSG_DONTWAIT', 'MSG_DONTWAIT|MSG_MORE', 'MSG_DONTWAIT|MSG_EOR', 'MSG_DONTWAIT|MSG_OOB', 'MSG_DONTWAIT|MSG_ZEROCOPY', 'MSG_DONTWAIT|MSG_MORE|MSG_EOR'])})`,
  getsockopt: (fd, chance) => `getsockopt(${fd}, ${chance.pick(ASKED_OPTIONS).join(', ')}, [0], [4])`,
  connect: (fd, chance) => `connect(${fd}, ${chance.pick(['AF_UNSPEC, 16', 'AF_UNSPEC, 16', '..., ...'])})`,
  listen: (fd) => `listen(${fd}, 1)`,
}
const OFTEN = {
  shutdown: 5,
  close: 4,
  ioctl: 4,
  poll: 4,
  recv: 6,
  recvmsg: 2,
  send: 6,
  getsockopt: 3,
  connect: 2.5,
  listen: 0.3,
}

/** One more call, or a look at TCP_INFO. */
function addCall(story, chance) {
  const place = somewhere(story, chance)
  const us = timeBefore(story.events, place)
  if (chance.odds(0.12)) {
    story.events.splice(place, 0, { us, action: { kind: 'code', text: '' } })
    return `look at ${place}`
  }
  const streams = streamsBefore(story.events, place)
  if (streams.length === 0) return undefined
  const fd = chance.odds(0.9) ? streams.at(-1) : chance.pick(streams)
  const text = CALLS[chance.weighted(OFTEN)](
    fd,
    chance,
    chance.pick([1, 10, 100, 500, 1000, 1500, 3000, 10_000, 40_000]),
  )
  story.events.splice(place, 0, callOf(us, text))
  return `${text} at ${place}`
}

/** A socket option, first or in the middle. */
function addOption(story, chance) {
  const first = story.events.findIndex(({ action }) => action.call?.name === 'socket') + 1
  const place = chance.odds(0.5) ? first : somewhere(story, chance)
  const streams = streamsBefore(story.events, place)
  if (streams.length === 0) return undefined
  const [level, name, value] = chance.pick(OPTION_VALUES)
  const given = name === 'SO_LINGER' ? `{onoff=1, linger=${value}}, 8` : `[${value}], 4`
  const text = `setsockopt(${chance.odds(0.7) ? streams.at(-1) : chance.pick(streams)}, ${level}, ${name}, ${given})`
  story.events.splice(place, 0, callOf(timeBefore(story.events, place), text))
  return `${text} at ${place}`
}

function setSysctl(story, chance) {
  const text = `sysctl -q net.ipv4.${chance.pick(SYSCTLS)}`
  if (chance.odds(0.85)) {
    story.init.push(text)
    return text
  }
  const place = somewhere(story, chance)
  const action = { kind: 'shell', command: { text, position: { line: 0, column: 0 } } }
  story.events.splice(place, 0, { us: timeBefore(story.events, place), action })
  return `${text} at ${place}`
}

function changeTimes({ events }, chance) {
  if (chance.odds(0.4)) {
    const factor = chance.pick([0.25, 0.5, 2])
    for (const event of events) event.us = Math.round(event.us * factor)
    return `times by ${factor}`
  }
  const place = chance.below(events.length)
  const by = chance.pick([50_000, 220_000, 450_000, 1_100_000])
  for (const event of events.slice(place)) event.us += by
  return `${by} us more from ${place} on`
}

const INSTEAD = {
  write: [['send'], ['MSG_MORE', 'MSG_EOR', 'MSG_DONTWAIT', 'MSG_OOB', 'MSG_ZEROCOPY']],
  read: [['recv'], ['MSG_PEEK', 'MSG_TRUNC', 'MSG_DONTWAIT', 'MSG_WAITALL']],
  close: [['shutdown'], ['SHUT_WR', 'SHUT_RDWR', 'SHUT_RD']],
}

/** What becomes of a call that the script makes. */
const OF_CALL = {
  drop: (story, _chance, place) => story.events.splice(place, 1),
  double: (story, _chance, place) => story.events.splice(place, 0, structuredClone(story.events[place])),
  move(story, chance, place) {
    story.events[place].us += chance.pick([30_000, 100_000, 300_000])
    inOrder(story)
  },
  size({ events }, chance, place) {
    const size = events[place].action.call.args[2]
    if (/^(read|write|send|recv|sendto)$/.test(events[place].action.call.name) && size?.kind === 'integer')
      size.value = chance.pick([
        0,
        1,
        size.value + 1,
        size.value * 2,
        Math.floor(size.value / 2),
        size.value * 3,
        1000,
        100,
      ])
  },
  instead({ events }, chance, place) {
    const { call } = events[place].action
    const [[name], words] = INSTEAD[call.name] ?? [[]]
    if (name === undefined) return
    const word = { kind: 'word', name: chance.pick(words), position: { line: 0, column: 0 } }
    events[place].action = { kind: 'call', call: { ...call, name, args: [...call.args, word] } }
  },
}

function changeCall(story, chance) {
  const places = [...story.events.keys()].filter((place) => {
    const name = story.events[place].action.call?.name
    return name !== undefined && !/^(socket|bind|listen)$/.test(name)
  })
  if (places.length === 0) return undefined
  const place = chance.pick(places)
  const { name } = story.events[place].action.call
  const kind = chance.pick(Object.keys(OF_CALL))
  OF_CALL[kind](story, chance, place)
  return `${name} at ${place}: ${kind}`
}

const CHANGES = {
  segment: changeSegment,
  syn: changeSyn,
  stamps: changeStamps,
  call: addCall,
  option: addOption,
  sysctl: setSysctl,
  own: changeCall,
  times: changeTimes,
}
const SHARES = { segment: 9, syn: 3, stamps: 1, call: 6, option: 4, sysctl: 4, own: 3, times: 1.5 }

/** A seed's story: one of the scripts, changed once or more often; `title` says how. */
export function mutatedStory(files, seed, most) {
  const chance = chanceOf(seed)
  for (;;) {
    const file = chance.pick(files)
    const version = chance.odds(0.1) ? chance.pick(['ipv6', 'ipv4-mapped-ipv6']) : 'ipv4'
    const story = storyOf(file, version)
    if (story === undefined || story.events.length > EVENTS_MOST || (story.events.at(-1)?.us ?? 0) > LONGEST_US)
      continue
    story.settle = chance.pick([50_000, 300_000, 300_000, 800_000, 1_500_000])
    const told = []
    for (let left = 1 + chance.below(most); left > 0; left--) {
      const one = CHANGES[chance.weighted(SHARES)](story, chance)
      if (one !== undefined) told.push(one)
    }
    return { ...story, title: `${seed}: ${file}, ${version}; ${told.join('; ')}` }
  }
}
