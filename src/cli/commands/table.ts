import type { CommandEntry } from '../command.ts'

/** Every command there is, in the order in which `lastack --help` lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    synopsis: '[--port N]',
    summary: 'the console, in a browser',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'ss',
    synopsis: '[OPTIONS] [FILTER]',
    summary: "this host's sockets, as ss prints them",
    ownHelp: true,
    load: async () => (await import('./ss.ts')).ss,
  },
  {
    name: 'netstat',
    synopsis: '[OPTIONS]',
    summary: 'the same, as netstat prints them',
    ownHelp: true,
    load: async () => (await import('./netstat.ts')).netstat,
  },
  {
    name: 'doctor',
    synopsis: '[--for 30s]',
    summary: 'what is wrong with these sockets, and its cure',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'watch',
    synopsis: '[--every 1s]',
    summary: 'findings as they begin and end; OpenMetrics',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'who',
    synopsis: 'PORT',
    summary: 'who holds a port, and what bind() says',
    load: async () => (await import('./who.ts')).who,
  },
  {
    name: 'code',
    synopsis: 'PID',
    summary: 'the lines of a Node program that leak sockets',
    load: async () => (await import('./code.ts')).code,
  },
  {
    name: 'heal',
    synopsis: 'FILTER --how HOW',
    summary: 'end connections of other programs, with care',
    load: async () => (await import('./heal.ts')).heal,
  },
  {
    name: 'trace',
    synopsis: '[--ladder] [FILTER]',
    summary: 'every change of state of connections, live',
    load: async () => (await import('./trace.ts')).trace,
  },
  {
    name: 'up',
    synopsis: '[--serve SERVICE]',
    summary: 'the stack beside the kernel, for real programs',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'nc',
    synopsis: 'ADDRESS PORT',
    summary: 'a connection from such a stack, or -l to it',
    load: async () => (await import('./nc.ts')).nc,
  },
  {
    name: 'replay',
    synopsis: 'FILE.pcap[ng]',
    summary: 'the states behind a capture, and what was wrong',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'lab',
    synopsis: '[NAME]',
    summary: 'play a scenario: ladder, tables, verdict',
    load: async () => (await import('./lab.ts')).lab,
  },
  {
    name: 'claims',
    synopsis: '[ID…]',
    summary: 'run what people say about TCP, and judge it',
    load: async () => (await import('./claims.ts')).claims,
  },
  {
    name: 'pkt',
    synopsis: 'FILE|DIR|-…',
    summary: 'packetdrill scripts against the stack',
    load: async () => (await import('./pkt.ts')).pkt,
  },
  {
    name: 'sysctl',
    synopsis: '[NAME[=VALUE]]',
    summary: "the stack's sysctls and what they do",
    load: async () => (await import('./sysctl.ts')).sysctl,
  },
  {
    name: 'explain',
    synopsis: 'WORD',
    summary: 'a state, option, errno, sysctl, claim or term',
    load: async () => (await import('./explain.ts')).explain,
  },
]
