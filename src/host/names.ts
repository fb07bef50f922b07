/** Names that the kernel's dumps give as numbers: network devices and control groups. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './errors.ts'

/** The names of network devices, each looked up once. A device that is not there any more is `if7`, as ss has it. */
export function deviceNames(lookUp: (index: number) => string | undefined): (index: number) => string {
  const names = new Map<number, string>()
  return (index) => {
    const name = names.get(index) ?? lookUp(index) ?? `if${index}`
    names.set(index, name)
    return name
  }
}

/** The network devices as sysfs lists them, for those who cannot call if_indextoname. */
export function sysfsDeviceName(sysRoot: string, index: number): string | undefined {
  const directory = join(sysRoot, 'class', 'net')
  return listed(directory).find((name) => textOf(join(directory, name, 'ifindex')).trim() === String(index))
}

/**
 * The paths of control groups by id, which is the inode of the group's directory. The tree is walked when an id comes up that
 * it did not have before; an id that stays unknown is a group that was removed and prints as ss prints it.
 */
export function cgroupPaths(procRoot: string): (id: bigint) => string {
  let paths: Map<bigint, string> | undefined
  return (id) => {
    paths ??= readCgroupTree(procRoot)
    return paths.get(id) ?? `unreachable:${id.toString(16)}`
  }
}

function readCgroupTree(procRoot: string): Map<bigint, string> {
  const paths = new Map<bigint, string>()
  const root = cgroup2Mount(textOf(join(procRoot, 'self', 'mountinfo')))
  if (root === undefined) return paths
  const visit = (path: string): void => {
    const directory = join(root, path)
    const inode = inodeOf(directory)
    if (inode === undefined) return
    paths.set(inode, path === '' ? '/' : path)
    for (const name of listed(directory, true)) visit(`${path}/${name}`)
  }
  visit('')
  return paths
}

/** The mount point of the cgroup2 hierarchy in a mountinfo text: the fifth column of the line whose type is cgroup2. */
export function cgroup2Mount(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ', 2)
    if (filesystem.startsWith('cgroup2 ')) return mount.split(' ')[4]
  }
  return undefined
}

/** Things come and go under /sys while one looks: what is gone is not there. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return otherwise
  }
}

function listed(directory: string, directoriesOnly: boolean = false): string[] {
  return orElse(
    () =>
      readdirSync(directory, { withFileTypes: true })
        .filter((entry) => !directoriesOnly || entry.isDirectory())
        .map((entry) => entry.name),
    [],
  )
}

function textOf(path: string): string {
  return orElse(() => readFileSync(path, 'utf8'), '')
}

function inodeOf(directory: string): bigint | undefined {
  return orElse(() => statSync(directory, { bigint: true }).ino, undefined)
}
