/** Commands that list what a machine has: its sysctls, files of /proc/sys, offloads. */
import type { Host } from '../../stack/index.ts'
import type { ShellFiles } from './files.ts'
import { type CommandResult, DONE } from './result.ts'
import type { ScriptSysctls } from './sysctls.ts'

const FEATURES = [
  ['rx-checksumming', 'on'],
  ['tx-checksumming', 'on'],
  ['scatter-gather', 'on'],
  ['tcp-segmentation-offload', 'off'],
  ['generic-segmentation-offload', 'off'],
  ['generic-receive-offload', 'off'],
  ['large-receive-offload', 'off'],
] as const
/** `netem`, `tbf`: with them packets would leave otherwise than they do here. */
const SHAPERS = /^(?:netem|tbf|police|drop|delay|loss)$/

/** `sysctl -a`: what the stack has, and what the script has set beside that. */
export function allSysctls(host: Host, sysctls: ScriptSysctls): string {
  const mark = host.personality.name === 'linux' ? ' = ' : ': '
  const own = host.sysctl.list().map(({ name, value }) => [name, value] as const)
  return [...own, ...sysctls.remembered]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}${mark}${value}\n`)
    .join('')
}

/** `ls PATH…`: the names below a folder of /proc/sys, or the files themselves; a status of 2 where one is not there. */
export function ls(args: readonly string[], host: Host, files: ShellFiles): CommandResult {
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const listed = (path: string): string | undefined => {
    const folder = /^\/proc\/sys\/(.+?)\/?$/.exec(path)?.[1]?.replaceAll('/', '.')
    const names = host.sysctl
      .list()
      .flatMap(({ name }) =>
        folder !== undefined && name.startsWith(`${folder}.`)
          ? [name.slice(folder.length + 1).split('.')[0] as string]
          : [],
      )
    if (names.length > 0) return `${[...new Set(names)].sort().join('\n')}\n`
    return files.exists(path, 'e') ? `${path}\n` : undefined
  }
  const found = (paths.length === 0 ? ['.'] : paths).map(listed)
  const missing = paths.filter((_path, i) => found[i] === undefined)
  return {
    output: found.join(''),
    errors: missing.map((path) => `ls: cannot access '${path}': No such file or directory\n`).join(''),
    status: missing.length === 0 ? 0 : 2,
  }
}

/** `ethtool -k tun0`: the wire cuts nothing and joins nothing; what else `ethtool` does changes nothing here. */
export function ethtool(args: readonly string[]): CommandResult {
  if (!args.some((arg) => arg === '-k' || arg === '--show-features' || arg === '--show-offload')) return DONE
  const name = args.find((arg) => !arg.startsWith('-')) ?? ''
  return { output: `Features for ${name}:\n${FEATURES.map(([one, is]) => `${one}: ${is}\n`).join('')}`, status: 0 }
}

/** Whether `tc …` makes a queue by which packets would be late or lost. */
export function shapesTraffic(args: readonly string[]): boolean {
  return /^(?:add|replace|change|link)$/.test(args[1] ?? '') && args.some((arg) => SHAPERS.test(arg))
}
