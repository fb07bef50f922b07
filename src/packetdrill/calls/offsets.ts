/** Calls about places in a file, of which sockets and pipes have none, and calls that are about no descriptor. */
import { Unsupported } from '../run/outcome.ts'
import { failure, type Handler, once, type Started } from './scene.ts'
import { numberOf, timeOf } from './values.ts'

const SEEK_SET = 0
const SEEK_CUR = 1
const SEEK_END = 2

/** `lseek(5, 100, SEEK_SET)` */
export const lseek: Handler = ([fd, offset, whence], scene) => {
  const file = scene.files.get(numberOf(fd, 'the descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  if (file.kind !== 'disk') return once(failure(scene, 'ESPIPE'))
  const from = { [SEEK_SET]: 0, [SEEK_CUR]: file.offset, [SEEK_END]: file.length }[numberOf(whence, 'whence')]
  const to = (from ?? Number.NaN) + numberOf(offset, 'the offset')
  if (!(to >= 0)) return once(failure(scene, 'EINVAL'))
  file.offset = to
  return once(to)
}

/** `pread(4, ..., 10, 0)` and its kin: of a socket or a pipe −ESPIPE. */
export const atOffset: Handler = ([fd], scene) => {
  const file = scene.files.get(numberOf(fd, 'the descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  if (file.kind === 'disk') throw new Unsupported('reads and writes of a file at an offset')
  return once(failure(scene, 'ESPIPE'))
}

/** `fsync(4)`, `ftruncate(4, 0)`: only files have a disk behind them. */
export const ofDisk: Handler = ([fd, length], scene) => {
  const file = scene.files.get(numberOf(fd, 'the descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  if (file.kind !== 'disk') return once(failure(scene, 'EINVAL'))
  if (length !== undefined) file.length = numberOf(length, 'the length')
  return once(0)
}

/** `usleep(1000)` */
export const usleep: Handler = ([us], scene) => sleeping(scene.now + numberOf(us, 'the time'), () => scene.now)

/** `nanosleep({tv_sec=1, tv_nsec=0}, NULL)` */
export const nanosleep: Handler = ([time], scene) => sleeping(scene.now + timeOf(time, 'the time'), () => scene.now)

function sleeping(deadline: number, now: () => number): Started {
  return { deadline, attempt: () => (now() >= deadline ? 0 : null) }
}
