import { counted, entryOf } from '../../base/index.ts'
import { Mismatch } from '../run/outcome.ts'
import { recvmmsg, sendmmsg } from './batches.ts'
import { capSet } from './capabilities.ts'
import { dup, dup2, fcntl } from './descriptors.ts'
import { creat, open, openat, pipe, SENDFILE_BSD, sendfile, splice, tee, vmsplice } from './files.ts'
import { recvmsg, sendmsg } from './messages.ts'
import { getpeername, getsockname } from './names.ts'
import { atOffset, lseek, nanosleep, ofDisk, usleep } from './offsets.ts'
import { getsockopt, setsockopt } from './options.ts'
import { read, readv, recv } from './reading.ts'
import { type Handler, notSocket, once, type Scene } from './scene.ts'
import { pselect, select } from './select.ts'
import { sendto } from './send-to.ts'
import { accept, accept4, bind, close, connect, ioctl, listen, noWay, shutdown, socket, unreadName } from './sockets.ts'
import { numberOf } from './values.ts'
import { epollCreate, epollCreate1, epollCtl, epollWait, poll, ppoll } from './waiting.ts'
import { send, write, writev } from './writing.ts'

/**
 * A call that is for sockets alone: of other descriptors it says so before it looks at anything else.
 * @param asked what is asked even before that: −errno, or 0
 */
function ofSocket(handler: Handler, asked?: (args: Parameters<Handler>[0], scene: Scene) => number): Handler {
  return (args, scene) => {
    const refused = (asked?.(args, scene) ?? 0) || notSocket(scene, numberOf(args[0], 'the descriptor'))
    return refused === 0 ? handler(args, scene) : once(refused)
  }
}

/** How many arguments calls have; where there are two numbers, from the one to the other. */
const ARGUMENTS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  socket: [3, 3],
  bind: [3, 3],
  listen: [2, 2],
  accept: [3, 3],
  accept4: [4, 4],
  connect: [3, 3],
  read: [3, 3],
  readv: [3, 3],
  recv: [4, 4],
  recvfrom: [6, 6],
  recvmsg: [3, 3],
  write: [3, 3],
  writev: [3, 3],
  send: [4, 4],
  sendto: [6, 6],
  sendmsg: [3, 3],
  fcntl: [2, 3],
  ioctl: [2, 3],
  close: [1, 1],
  dup: [1, 1],
  dup2: [2, 2],
  dup3: [3, 3],
  getsockname: [3, 3],
  getpeername: [3, 3],
  shutdown: [2, 2],
  getsockopt: [5, 5],
  setsockopt: [5, 5],
  poll: [3, 3],
  ppoll: [4, 5],
  epoll_create: [1, 1],
  epoll_create1: [1, 1],
  epoll_ctl: [4, 4],
  epoll_wait: [4, 4],
  epoll_pwait: [5, 6],
  pipe: [1, 1],
  pipe2: [2, 2],
  splice: [6, 6],
  tee: [4, 4],
  open: [2, 3],
  sendfile: [4, SENDFILE_BSD],
  cap_set: [3, 3],
  select: [5, 5],
  pselect: [6, 6],
  pselect6: [6, 6],
  sendmmsg: [4, 4],
  recvmmsg: [5, 5],
  vmsplice: [4, 4],
  openat: [3, 4],
  creat: [2, 2],
  lseek: [3, 3],
  pread: [4, 4],
  pwrite: [4, 4],
  preadv: [4, 4],
  pwritev: [4, 4],
  fsync: [1, 1],
  fdatasync: [1, 1],
  ftruncate: [2, 2],
  usleep: [1, 1],
  nanosleep: [2, 2],
}

/** Says that a call has other arguments than it is given. @throws {Mismatch} */
export function checkArguments(name: string, given: number): void {
  const [least, most] = entryOf(ARGUMENTS, name) ?? [0, Number.POSITIVE_INFINITY]
  if (given >= least && given <= most) return
  const expected = least === most ? String(least) : `${least} to ${most}`
  throw new Mismatch(`${name}() has ${counted(given, 'argument')}, expected ${expected}`)
}

/** Every call that scripts can make. */
export const CALLS: Readonly<Record<string, Handler>> = {
  socket,
  bind: ofSocket(bind, unreadName),
  listen: ofSocket(listen),
  accept: ofSocket(accept),
  accept4,
  connect: ofSocket(connect, unreadName),
  read,
  readv,
  recv: ofSocket(recv),
  recvfrom: ofSocket(recv),
  recvmsg: ofSocket(recvmsg),
  write,
  writev,
  send: ofSocket(send),
  sendto: ofSocket(sendto),
  sendmsg: ofSocket(sendmsg),
  fcntl,
  ioctl,
  close,
  dup,
  dup2,
  dup3: dup2,
  getsockname: ofSocket(getsockname),
  getpeername: ofSocket(getpeername),
  shutdown: ofSocket(shutdown, noWay),
  getsockopt: ofSocket(getsockopt),
  setsockopt: ofSocket(setsockopt),
  poll,
  ppoll,
  epoll_create: epollCreate,
  epoll_create1: epollCreate1,
  epoll_ctl: epollCtl,
  epoll_wait: epollWait,
  epoll_pwait: epollWait,
  pipe,
  pipe2: pipe,
  splice,
  tee,
  open,
  sendfile,
  cap_set: capSet,
  select,
  pselect,
  pselect6: pselect,
  sendmmsg: ofSocket(sendmmsg),
  recvmmsg: ofSocket(recvmmsg),
  vmsplice,
  openat,
  creat,
  lseek,
  pread: atOffset,
  pwrite: atOffset,
  preadv: atOffset,
  pwritev: atOffset,
  fsync: ofDisk,
  fdatasync: ofDisk,
  ftruncate: ofDisk,
  usleep,
  nanosleep,
}
