import { entryOf } from '../../base/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { bsdRoute } from './bsd-route.ts'
import type { ShellFiles } from './files.ts'
import { grep } from './grep.ts'
import { allSysctls, ethtool, ls, shapesTraffic } from './listings.ts'
import { bc, expr, packetFilter } from './more-commands.ts'
import { ifconfig, ipCommand } from './network.ts'
import { type CommandResult, DONE, FAILED } from './result.ts'
import type { ScriptSysctls } from './sysctls.ts'
import { type Nstat, netstatText, sockstatText, ssEnds, ssText } from './tables.ts'
import { TEXT_TOOLS } from './text-tools.ts'
import type { ShellWorld } from './world.ts'
import { dd, truncate } from './zeros.ts'

const SECOND_US = 1_000_000
const SLEEP_MOST = 10_000_000 * SECOND_US
/** What `sysctl` ends with where there is no such name. */
const NO_SYSCTL = 255

/** What one command has around it. */
export interface CommandScene {
  readonly world: ShellWorld
  readonly sysctls: ScriptSysctls
  readonly nstat: Nstat
  readonly files: ShellFiles
  /** What comes by the pipe. */
  readonly input: string
  /** Nobody waits for it. */
  readonly background: boolean
  /** As it was written. */
  readonly command: string
  isFunction(name: string): boolean
  /** Notes a sysctl that the system does not have. */
  absent(name: string): void
}

type CommandHandler = (args: readonly string[], scene: CommandScene) => CommandResult

const refuse: CommandHandler = (_args, { command }) => {
  throw new Unsupported(`command ${command}`)
}

/** Commands that have nothing to do in a simulator: queues, offloads, modules, caches of a kernel, files that nothing reads. */
const IDLE = [
  ...['true', ':', 'kldload', 'kldstat', 'kldunload', 'modprobe', 'insmod', 'rmmod', 'pushd', 'popd', 'umask'],
  ...[
    'chmod',
    'chown',
    'mkdir',
    'touch',
    'sync',
    'ulimit',
    'trap',
    'wait',
    'stty',
    'logger',
    'tcpdump',
    'tput',
    'clear',
  ],
  ...[
    'mount',
    'umount',
    'dmesg',
    'conntrack',
    'kill',
    'arp',
    'ndp',
    'taskset',
    'chrt',
    'renice',
    'hash',
    'shopt',
    'alias',
    'disown',
    'setenforce',
    'cpupower',
  ],
]

/** `sysctl -q -w NAME=VALUE …`, `sysctl -n NAME`, `sysctl -p FILE`, FreeBSD's `sysctl NAME=VALUE`. */
const sysctl: CommandHandler = (args, scene) => {
  const [options, names] = [args.filter((arg) => /^-/.test(arg)), args.filter((arg) => !/^-/.test(arg))]
  const letters = options.map(sysctlLetters).join('')
  if (/^[anx]*[aA][anxeq]*$/.test(letters) && names.length === 0)
    return { output: allSysctls(scene.world.host, scene.sysctls), status: 0 }
  if (/[^qwnefip]/.test(letters)) return refuse(args, scene)
  let [output, errors, status] = ['', '', 0]
  for (const word of letters.includes('p') ? loaded(names, scene) : names) {
    const [, name = word, value] = /^([^=]+?)\s*=\s*([\s\S]*)$/.exec(word) ?? []
    if (scene.sysctls.isAbsent(name)) {
      if (/[ei]/.test(letters)) continue
      scene.absent(word)
      errors += `sysctl: cannot stat /proc/sys/${name.replaceAll('.', '/')}: No such file or directory\n`
      status = NO_SYSCTL
      continue
    }
    const before =
      value === undefined || scene.world.host.personality.name === 'linux' ? '' : `${scene.sysctls.old(name)} -> `
    if (value !== undefined) scene.sysctls.set(name, value.trim())
    if (value !== undefined && letters.includes('q')) continue
    const now = before + scene.sysctls.get(name)
    const mark = scene.world.host.personality.name === 'linux' ? ' = ' : ': '
    output += letters.includes('n') ? `${now}\n` : `${name}${mark}${now}\n`
  }
  return { output, errors, status }
}

function sysctlLetters(option: string): string {
  const long: Readonly<Record<string, string>> = {
    write: 'w',
    quiet: 'q',
    values: 'n',
    ignore: 'e',
    load: 'p',
    all: 'a',
  }
  const word = option.replace(/^--/, '').replace(/=.*$/, '')
  return option.startsWith('--') ? (entryOf(long, word) ?? '?') : option.slice(1)
}

/** Lines `NAME = VALUE` of files, or of what came by the pipe. */
function loaded(files: readonly string[], scene: CommandScene): string[] {
  const texts = (files.length === 0 ? ['-'] : files).map((file) => {
    const text = file === '-' ? scene.input : scene.files.read(file)
    if (text === undefined) throw new Unsupported(`command ${scene.command}`)
    return text
  })
  return texts
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line))
}

const setSysctls: CommandHandler = (args, { sysctls, ...scene }) => {
  for (const arg of args.filter((one) => one.includes('='))) {
    const at = arg.indexOf('=')
    const name = arg.slice(0, at)
    if (sysctls.isAbsent(name)) {
      scene.absent(arg)
      return FAILED
    }
    sysctls.setForNow(name, arg.slice(at + 1))
  }
  return DONE
}

/** What named files hold, or what came by the pipe where none is named. */
function filesOrInput(files: readonly string[], scene: CommandScene): string | undefined {
  const texts = files.map((file) => (file === '-' ? scene.input : scene.files.read(file)))
  if (texts.includes(undefined)) return undefined
  return files.length === 0 ? scene.input : texts.join('')
}

const sleep: CommandHandler = (args, scene) => {
  if (scene.background) return refuse(args, scene)
  const isMicros = /\busleep\b/.test(scene.command)
  const us = args.reduce((sum, arg) => sum + (isMicros ? Number(arg) : seconds(arg, scene.command) * SECOND_US), 0)
  if (!(us <= SLEEP_MOST)) return refuse(args, scene)
  scene.world.sleep(us)
  return DONE
}

function seconds(text: string, command: string): number {
  const match = /^(\d*\.?\d+)(s|m|h)?$/.exec(text)
  if (match === null) throw new Unsupported(`command ${command}`)
  return Number(match[1]) * ({ s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1)
}

/** `ss …`, and `ss -K …`, which aborts what it finds. */
const ss: CommandHandler = (args, { world }) => {
  if (!args.some((arg) => /^-[a-zA-Z]*K|^--kill$/.test(arg))) return { output: ssText(world.host, args), status: 0 }
  for (const ends of ssEnds(world.host, args)) world.drop(...ends)
  return DONE
}

/** `tcpdrop LOCAL PORT REMOTE PORT`, `tcpdrop LOCAL:PORT REMOTE:PORT` */
const tcpdrop: CommandHandler = (args, scene) => {
  const words =
    args.length === 2
      ? args.flatMap((arg) => [arg.slice(0, arg.lastIndexOf(':')), arg.slice(arg.lastIndexOf(':') + 1)])
      : args
  const [local, localPort, remote, remotePort] = words
  if (local === undefined || remote === undefined || words.length !== 4) return refuse(args, scene)
  return scene.world.drop(local, Number(localPort), remote, Number(remotePort)) ? DONE : FAILED
}

const tee: CommandHandler = (args, { files, input, ...scene }) => {
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const missing = files.write(path, input, args.includes('-a'))
    if (missing !== null) {
      scene.absent(missing)
      return { output: input, status: 1 }
    }
  }
  return { output: input, status: 0 }
}

const uname: CommandHandler = (args, { world }) => {
  const isLinux = world.host.personality.name === 'linux'
  const [system, release] = isLinux ? ['Linux', '6.18.0'] : ['FreeBSD', '15.0-RELEASE']
  const letters = args.join('').replace(/-/g, '') || 's'
  const parts = { s: system, r: release, m: isLinux ? 'x86_64' : 'amd64', n: world.host.name } as const
  const words = (letters === 'a' ? 'snrm' : letters).split('').map((one) => parts[one as keyof typeof parts] ?? '')
  return { output: `${words.join(' ')}\n`, status: 0 }
}

/** What the shell itself understands beside the commands of the table. */
const OTHER_PROGRAMS = /^(?:python3?|sh|bash|env|test|\[|sudo|timeout|nice|packetdrill)$/

/** `which NAME`, `command -v NAME`: whether there is such a command. */
const which: CommandHandler = (args, scene) => {
  const [name = ''] = args.filter((arg) => !arg.startsWith('-'))
  const base = name.replace(/^.*\//, '')
  const known = Object.hasOwn(COMMANDS, base) || OTHER_PROGRAMS.test(base) || scene.isFunction(name)
  return known ? { output: `/usr/bin/${name}\n`, status: 0 } : FAILED
}

/** Removes what commands have written themselves. */
const remove: CommandHandler = (args, scene) => {
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    if (path.startsWith('/') && !/^\/(?:var\/)?tmp\/./.test(path)) return refuse(args, scene)
    scene.files.remove(path)
  }
  return DONE
}

const filter: CommandHandler = (args, scene) => packetFilter(args) ?? refuse(args, scene)

const grepFiles =
  (first: readonly string[]): CommandHandler =>
  (args, scene) =>
    grep([...first, ...args], (files) => {
      const text = filesOrInput(files, scene)
      if (text === undefined) throw new Unsupported(`grep over ${files.join(' ')}`)
      return text
    })

const cat: CommandHandler = (args, scene) => {
  const output = filesOrInput(
    args.filter((arg) => arg === '-' || !arg.startsWith('-')),
    scene,
  )
  return output === undefined
    ? { output: '', errors: `${scene.command}: No such file or directory\n`, status: 1 }
    : { output, status: 0 }
}

/** Text tools read the file that is named last, where it looks like one. */
function textTools(): Record<string, CommandHandler> {
  const entries = Object.entries(TEXT_TOOLS).map(([name, tool]) => {
    const handler: CommandHandler = (args, scene) => {
      const last = args.at(-1) ?? ''
      // awk's program may begin with a pattern between slashes.
      const isProgram = name.endsWith('awk') && /[\s{]|\/$/.test(last)
      const reads = !/^(?:echo|printf|seq|basename|dirname)$/.test(name) && /^\.{0,2}\//.test(last) && !isProgram
      const input = reads ? filesOrInput([last], scene) : scene.input
      return input === undefined ? FAILED : tool(reads ? args.slice(0, -1) : args, input, scene.command)
    }
    return [name, handler] as const
  })
  return Object.fromEntries(entries)
}

/** Every command that is understood, by its name without a folder. */
export const COMMANDS: Readonly<Record<string, CommandHandler>> = {
  ...Object.fromEntries(IDLE.map((name) => [name, (): CommandResult => DONE])),
  ...textTools(),
  false: () => FAILED,
  sysctl,
  'set_sysctls.py': setSysctls,
  set_sysctls: setSysctls,
  sleep,
  usleep: sleep,
  cat,
  tee,
  grep: grepFiles([]),
  egrep: grepFiles(['-E']),
  fgrep: grepFiles(['-F']),
  ss,
  netstat: (args, { world }) => ({ output: netstatText(world.host, args), status: 0 }),
  nstat: (args, { nstat }) => ({ output: nstat.text(args), status: 0 }),
  sockstat: (_args, { world }) => ({ output: sockstatText(world.host), status: 0 }),
  tcpdrop,
  tc: (args, scene) => (shapesTraffic(args) ? refuse(args, scene) : DONE),
  ethtool,
  ls: (args, { world, files }) => ls(args, world.host, files),
  bc,
  ip: (args, { world, command }) => ipCommand(world.host, args, command),
  ifconfig: (args, { world, command }) => ifconfig(world.host, args, command),
  route: (args, { world, command }) => bsdRoute(world.host, args, command),
  uname,
  cd: ([path], { files }) => {
    files.enter(path)
    return DONE
  },
  which,
  type: which,
  rm: remove,
  dd: (args, scene) => (dd(args, scene.files) ? DONE : refuse(args, scene)),
  truncate: (args, scene) => (truncate(args, scene.files) ? DONE : refuse(args, scene)),
  fallocate: (args, scene) => (truncate(args, scene.files) ? DONE : refuse(args, scene)),
  id: (args) => ({ output: args.includes('-u') ? '0\n' : 'uid=0(root) gid=0(root)\n', status: 0 }),
  whoami: () => ({ output: 'root\n', status: 0 }),
  hostname: (_args, { world }) => ({ output: `${world.host.name}\n`, status: 0 }),
  expr,
  // Nothing else runs here.
  ...Object.fromEntries(['killall', 'pkill', 'pgrep', 'pidof'].map((name) => [name, (): CommandResult => FAILED])),
  lsmod: () => ({ output: 'Module                  Size  Used by\n', status: 0 }),
  ...Object.fromEntries(['iptables', 'ip6tables', 'nft', 'ipfw', 'pfctl'].map((name) => [name, filter])),
  pwd: () => ({ output: '.\n', status: 0 }),
  date: (_args, { world }) => ({ output: `${Math.floor(world.host.now / SECOND_US)}\n`, status: 0 }),
}
