/** The machine's own sysctls, read from /proc/sys. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, HostError } from '../errors.ts'

/**
 * The value of a sysctl as text, columns separated by one tab as sysctl(8) prints them; undefined when this kernel has none of that name.
 * @param name dotted (`net.ipv4.tcp_fin_timeout`), or with slashes where a part has a dot (`net/ipv4/conf/eth0.1/rp_filter`)
 * @param root where proc is mounted
 * @throws HostError when the name is no name or its value may not be read
 */
export function readSysctl(name: string, root: string = '/proc'): string | undefined {
  const path = sysctlPath(name, root)
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    if (code === undefined) throw error
    throw new HostError(`sysctl ${name}: ${code}`)
  }
}

/** The names directly under a prefix (`net.ipv4`), directories left out, sorted. None when there is no such prefix. */
export function listSysctls(prefix: string, root: string = '/proc'): string[] {
  try {
    return readdirSync(sysctlPath(prefix, root), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${prefix}.${entry.name}`)
      .sort()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

function sysctlPath(name: string, root: string): string {
  const parts = name.includes('/') ? name.split('/') : name.split('.')
  if (parts.some((part) => part === '' || part === '..' || part.includes('\0'))) {
    throw new HostError(`"${name}" is no sysctl: expected a name such as net.ipv4.tcp_fin_timeout`)
  }
  return join(root, 'sys', ...parts)
}
