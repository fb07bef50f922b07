import { isDeferred, Poll, type SocketAddress, type TcpSocket } from '../../stack/index.ts'
import { errnoOf, liveFd, type Scene, type Started } from './scene.ts'
import { readiness, sendDeadline } from './sockets.ts'

/**
 * A blocking call that has opened the connection waits for the handshake as connect() does, and sends the rest then.
 * @param length octets that it is to send
 * @param begun octets that went with the SYN, or −EINPROGRESS
 * @param behind sends what follows so many octets
 */
export function behindSyn(
  scene: Scene,
  fd: number,
  length: number,
  to: SocketAddress,
  begun: number,
  behind: (sent: number) => Started,
): Started {
  const sent = Math.max(begun, 0)
  const live = liveFd(scene, fd)
  const ready = readiness(scene, live, Poll.OUT)
  const deadline = sendDeadline(scene, live)
  let rest: Started | null = null
  return {
    deadline,
    attempt() {
      if (rest === null) {
        if (!ready()) return scene.now >= deadline ? begun : sent < length ? pending(scene, fd) : null
        const opened = scene.process.connect(live, to)
        if (opened < 0) return errnoOf(scene, opened) === 'EALREADY' ? null : opened
        rest = behind(sent)
      }
      const more = sent === length ? 0 : rest.attempt()
      return more === null || (more < 0 && sent === 0) ? more : sent + Math.max(0, more)
    },
  }
}

/** TCP_FASTOPEN_CONNECT: the connection is opened by what is written first. */
export function opensByWriting(scene: Scene, live: number): boolean {
  const tcb = tcbOf(scene, live)
  return tcb !== null && isDeferred(tcb)
}

/** A call that writes waits: the stack may count on its data. */
export function pending(scene: Scene, fd: number): null {
  const tcb = tcbOf(scene, liveFd(scene, fd))
  if (tcb !== null) tcb.writePending = true
  return null
}

function tcbOf(scene: Scene, live: number): TcpSocket['tcb'] {
  const file = scene.process.file(live)
  return file?.protocol === 'tcp' ? (file as TcpSocket).tcb : null
}
