/**
 * Notes of the inspectors that we have opened in other programs, one file each, kept for as long as the inspector is open: should this
 * program be killed meanwhile, the next one knows which inspectors to close.
 */
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { visible } from '../proc/visible.ts'
import { type ProcessIdentity, startTimeOf } from '../remedies/borrowed-socket.ts'

/** Where notes are, and where proc is mounted. */
interface Place {
  readonly procRoot: string
  readonly folder?: string | undefined
}

const NAME = /^lastack-inspector-(\d+)-(\d+)-(\d+)$/

function nameOf({ pid, startTime }: ProcessIdentity): string {
  return `lastack-inspector-${process.geteuid?.() ?? 0}-${pid}-${startTime}`
}

/** Note that an inspector is about to be opened. */
export function noteOpened(asked: ProcessIdentity, { procRoot, folder = tmpdir() }: Place): void {
  const path = join(folder, nameOf(asked))
  rmSync(path, { force: true })
  // Exclusively: where others may write too, this is never a link that somebody has put there.
  writeFileSync(path, `${process.pid} ${startTimeOf(procRoot, process.pid)}\n`, { flag: 'wx', mode: 0o600 })
}

/** It is closed: nothing more to note. */
export function forgetOpened(asked: ProcessIdentity, { folder = tmpdir() }: Pick<Place, 'folder'> = {}): void {
  rmSync(join(folder, nameOf(asked)), { force: true })
}

/** A process that was blocked when it was asked may open its inspector when it goes on: for so long that is waited for, ms. */
const LATE_MS = 3_600_000

/** It is not open: a note that is old enough goes away. */
export function forgetUnopened(asked: ProcessIdentity, { folder = tmpdir() }: Pick<Place, 'folder'> = {}): void {
  const status = visible(() => lstatSync(join(folder, nameOf(asked))))
  if (status !== undefined && Date.now() - status.mtimeMs > LATE_MS) forgetOpened(asked, { folder })
}

/** The processes whose inspector somebody has opened who was killed before it was closed, or who asked in vain. Notes about those that have ended go away. */
export function abandonedInspectors({ procRoot, folder = tmpdir() }: Place): ProcessIdentity[] {
  const user = process.geteuid?.() ?? 0
  return (visible(() => readdirSync(folder)) ?? []).flatMap((name) => {
    const [uid, pid, startTime] = (NAME.exec(name) ?? []).slice(1).map(Number)
    if (uid !== user || pid === undefined || startTime === undefined) return []
    const path = join(folder, name)
    const status = visible(() => lstatSync(path))
    if (status === undefined || !status.isFile() || status.uid !== user) return []
    const [maker = 0, made] = (visible(() => readFileSync(path, 'utf8')) ?? '').trim().split(' ').map(Number)
    if (startTimeOf(procRoot, maker) === made) return []
    if (startTimeOf(procRoot, pid) === startTime) return [{ pid, startTime }]
    rmSync(path, { force: true })
    return []
  })
}
