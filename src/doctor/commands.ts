/** Commands of remedies, made fit for the sockets that they are to act on: where those are, and how many. */
import type { SocketRow } from '../inspect/index.ts'

/** Above so many sockets `lastack heal` asks for `--max`. */
const HEAL_MAX = 100

/** Programs that see the network namespace that they run in, and no other. */
const OF_A_NAMESPACE = /^(?:ss|sysctl|ping|tcpdump|ip|nfsstat|iscsiadm|lastack code|lastack who) /

/** The command for these rows; all of them are in one network namespace. */
export function commandFor(command: string, rows: readonly SocketRow[]): string {
  const [first] = rows
  const owner = rows.find(({ owners }) => owners !== undefined && owners.length > 0)?.owners?.[0]
  const placed = commandIn(command, first?.netns, owner?.pid)
  if (!isHeal(command) || rows.length <= HEAL_MAX) return placed
  return `${placed} --max ${roundedUp(rows.length)}`
}

/**
 * The command as it is to be typed outside of a network namespace.
 * @param netns its name, as rows are marked with it; undefined for the one that lastack runs in
 * @param pid a process in it
 */
export function commandIn(command: string, netns: string | undefined, pid?: number): string {
  if (netns === undefined) return command
  if (isHeal(command)) return `${command} --netns ${shellWord(netns)}`
  if (!OF_A_NAMESPACE.test(command)) return command
  return pid === undefined ? `ip netns exec ${shellWord(netns)} ${command}` : `nsenter --net --target ${pid} ${command}`
}

/** Whether it is `lastack heal`, by the id of a finding. */
export function isHeal(command: string): boolean {
  return command.startsWith('lastack heal ')
}

/** A leak has grown by the time that the command is typed: a tenth more, up to the next number with one digit that is not 0. */
function roundedUp(count: number): number {
  const grown = count * 1.1
  const unit = 10 ** Math.floor(Math.log10(grown))
  return (Math.floor(grown / unit) + 1) * unit
}

/** A word as a shell takes it, whatever is in it: brackets are the shell's, and whoever makes a control group names it. */
export function shellWord(word: string): string {
  return /^[\w.:@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
