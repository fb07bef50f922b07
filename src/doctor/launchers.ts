/** Programs that open listeners, and accept, for others by profession. */

const LAUNCHERS: ReadonlySet<string> = new Set([
  'systemd',
  'systemd-socket-',
  'init',
  'launchd',
  'inetd',
  'xinetd',
  'dockerd',
  'containerd',
  's6-fdholderd',
])

/** Whether it is one of them: what it hands on it has not leaked. A command has 15 octets at most. */
export function isLauncher({ pid, command }: { readonly pid: number; readonly command: string }): boolean {
  return pid === 1 || LAUNCHERS.has(command)
}
