import { open, pipe, sendfile, splice } from './files.ts'
import { recvmsg, sendmsg } from './messages.ts'
import { getsockopt, setsockopt } from './options.ts'
import { type Handler, notSocket, once } from './scene.ts'
import { accept, accept4, bind, close, connect, dup, fcntl, ioctl, listen, shutdown, socket } from './sockets.ts'
import { read, readv, recv, send, sendto, write, writev } from './transfer.ts'
import { numberOf } from './values.ts'
import { epollCreate, epollCreate1, epollCtl, epollWait, poll, ppoll } from './waiting.ts'

/** A call that is for sockets alone: of other descriptors it says so before it looks at anything else. */
function ofSocket(handler: Handler): Handler {
  return (args, scene) => {
    const refused = notSocket(scene, numberOf(args[0], 'the descriptor'))
    return refused === 0 ? handler(args, scene) : once(refused)
  }
}

/** Every call that scripts can make. */
export const CALLS: Readonly<Record<string, Handler>> = {
  socket,
  bind: ofSocket(bind),
  listen: ofSocket(listen),
  accept: ofSocket(accept),
  accept4,
  connect: ofSocket(connect),
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
  shutdown: ofSocket(shutdown),
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
  open,
  sendfile,
}
