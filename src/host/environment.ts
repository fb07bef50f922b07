import { release } from 'node:os'
import type { LoadKoffi } from './netlink/libc.ts'

/** The parts of the machine that the readers touch, so that a test can put others in their place. */
export interface HostEnvironment {
  /** Node's name of the platform; only `linux` has sockets that this room can read. */
  readonly platform: string
  /** The kernel's release: `6.1.0-18-amd64`. */
  readonly kernelRelease: string
  /** Where proc is mounted. */
  readonly procRoot: string
  /** Where sysfs is mounted. */
  readonly sysRoot: string
  /** The ss command: a name to look up in PATH, or a path. */
  readonly ssCommand: string
  /** Loads the native binding. */
  readonly loadKoffi: LoadKoffi
}

/** This machine. */
export const THIS_MACHINE: HostEnvironment = {
  platform: process.platform,
  kernelRelease: release(),
  procRoot: '/proc',
  sysRoot: '/sys',
  ssCommand: 'ss',
  // An optional dependency: npm leaves it out where it has no binary, and everything else works without it.
  loadKoffi: () => import('koffi'),
}

/** Whether the kernel is at least `major.minor`. */
export function kernelAtLeast(kernelRelease: string, major: number, minor: number): boolean {
  const [has = 0, hasMinor = 0] = kernelRelease.split('.', 2).map((part) => Number.parseInt(part, 10))
  return has > major || (has === major && hasMinor >= minor)
}
