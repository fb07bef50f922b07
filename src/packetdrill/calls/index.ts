import { open, pipe, sendfile, splice } from './files.ts'
import { recvmsg, sendmsg } from './messages.ts'
import { getsockopt, setsockopt } from './options.ts'
import type { Handler } from './scene.ts'
import { accept, bind, close, connect, fcntl, ioctl, listen, shutdown, socket } from './sockets.ts'
import { read, readv, recv, send, sendto, write, writev } from './transfer.ts'
import { epollCreate, epollCtl, epollWait, poll } from './waiting.ts'

/** Every call that scripts can make. */
export const CALLS: Readonly<Record<string, Handler>> = {
  socket,
  bind,
  listen,
  accept,
  accept4: accept,
  connect,
  read,
  readv,
  recv,
  recvfrom: recv,
  recvmsg,
  write,
  writev,
  send,
  sendto,
  sendmsg,
  fcntl,
  ioctl,
  close,
  shutdown,
  getsockopt,
  setsockopt,
  poll,
  epoll_create: epollCreate,
  epoll_create1: epollCreate,
  epoll_ctl: epollCtl,
  epoll_wait: epollWait,
  pipe,
  pipe2: pipe,
  splice,
  open,
  sendfile,
}
