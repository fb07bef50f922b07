/** The machine's network namespaces: those in which a process lives, and those that `ip netns` gave a name. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HostError } from '../errors.ts'
import { visible } from '../proc/visible.ts'
import { runnerOf } from '../processes/cgroup.ts'
import { namespaceInode } from '../processes/namespace-inode.ts'

/** A network namespace. */
export interface NetworkNamespace {
  /** Its identity on this machine, while it lives. */
  readonly inode: number
  /** What rows of its sockets are marked with: the name that `ip netns` has, else the container, else `net:[inode]`. */
  readonly label: string
  /** A file by which to enter it. */
  readonly path: string
  /** Whether it is the one that this process is in. */
  readonly own: boolean
  /** The processes in it, as far as they are visible, ascending. */
  readonly pids: readonly number[]
}

/** Where `ip netns` keeps its names. */
const NAMES_DIRECTORY = '/run/netns'

/**
 * All network namespaces that can be found, this process's own first, then by label. Of processes that this user may not look into the namespace is unknown.
 * @param root where proc is mounted
 * @param names where `ip netns` keeps its names
 */
export function listNamespaces(root: string = '/proc', names: string = NAMES_DIRECTORY): NetworkNamespace[] {
  const own = namespaceInode(visible(() => readlinkSync(join(root, 'self', 'ns', 'net'))))
  const named = namedNamespaces(names)
  const pids = pidsByNamespace(root)
  const inodes = new Set([...pids.keys(), ...named.keys()])
  return [...inodes]
    .map((inode) => {
      const inside = pids.get(inode) ?? []
      const name = named.get(inode)
      const label = name ?? containerOf(root, inside) ?? `net:[${inode}]`
      const path = name === undefined ? join(root, String(inside[0]), 'ns', 'net') : join(names, name)
      return { inode, label, path, own: inode === own, pids: inside }
    })
    .sort((a, b) => Number(b.own) - Number(a.own) || (a.label < b.label ? -1 : 1))
}

/**
 * Those that a word means: `all`, the name of one (by `ip netns`, of a container), or the pid of a process in it.
 * @throws HostError for a word that means none
 */
export function findNamespaces(
  word: string,
  root: string = '/proc',
  names: string = NAMES_DIRECTORY,
): NetworkNamespace[] {
  const all = listNamespaces(root, names)
  return word === 'all' ? all : [theOne(word, all, root, 'all, a name or a pid')]
}

/**
 * The one that a word means, by its name or the pid of a process in it.
 * @throws HostError for a word that means none
 */
export function findNamespace(word: string, root: string = '/proc', names: string = NAMES_DIRECTORY): NetworkNamespace {
  return theOne(word, listNamespaces(root, names), root, 'a name or a pid')
}

function theOne(word: string, all: readonly NetworkNamespace[], root: string, expected: string): NetworkNamespace {
  const found =
    all.find(({ label }) => label === word) ??
    all.find(({ pids }) => pids.includes(Number(word))) ??
    all.find(({ pids }) => containerOf(root, pids) === word)
  if (found !== undefined) return found
  const labels = all.filter(({ own }) => !own).map(({ label }) => label)
  const known = labels.length === 0 ? 'there is none but this one' : `there are ${labels.slice(0, 10).join(', ')}`
  throw new HostError(`"${word}" is no network namespace: expected ${expected}; ${known}`)
}

function namedNamespaces(directory: string): Map<number, string> {
  const named = new Map<number, string>()
  for (const name of visible(() => readdirSync(directory)) ?? []) {
    const inode = visible(() => statSync(join(directory, name)).ino)
    if (inode !== undefined && !named.has(inode)) named.set(inode, name)
  }
  return named
}

function pidsByNamespace(root: string): Map<number, number[]> {
  const found = new Map<number, number[]>()
  const pids = readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  for (const pid of pids.sort((a, b) => a - b)) {
    const inode = namespaceInode(visible(() => readlinkSync(join(root, String(pid), 'ns', 'net'))))
    if (inode === undefined) continue
    const others = found.get(inode)
    if (others === undefined) found.set(inode, [pid])
    else others.push(pid)
  }
  return found
}

/** The container of the first process that is in one. */
function containerOf(root: string, pids: readonly number[]): string | undefined {
  for (const pid of pids.slice(0, 8)) {
    const text = visible(() => readFileSync(join(root, String(pid), 'cgroup'), 'utf8'))
    const container = runnerOf(text ?? '').container
    if (container !== undefined) return container
  }
  return undefined
}
