import { recvmmsg, sendmmsg } from './batches.ts'
import { capSet } from './capabilities.ts'
import { dup, dup2, fcntl } from './descriptors.ts'
import { creat, open, openat, pipe, sendfile, splice, tee, vmsplice } from './files.ts'
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
