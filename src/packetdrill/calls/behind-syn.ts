import { isDeferred, Poll, type SocketAddress } from '../../stack/index.ts'
import { errnoOf, liveFd, type Scene, type Started, tcbOf } from './scene.ts'
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
  // What the SYN has taken, be it nothing, is no text that waits for the answer.
  const waits = sent < length || errnoOf(scene, begun) === 'EALREADY' || !synTakesText(scene, live)
  let rest: Started | null = null
  return {
    deadline,
    attempt() {
      if (rest === null) {
        if (!ready()) {
          notePending(scene, fd, waits && scene.now < deadline)
          return scene.now >= deadline ? begun : null
        }
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

/** Whether a SYN with Fast Open took along as much of the text as it had room for; without a cookie it takes none. */
function synTakesText(scene: Scene, live: number): boolean {
  return tcbOf(scene, live)?.fastOpen?.fail === 0
}

/** Whether a call that writes waits: the stack counts on its data then. */
export function notePending(scene: Scene, fd: number, waits: boolean): void {
  const tcb = tcbOf(scene, liveFd(scene, fd))
  if (tcb !== null) tcb.writePending = waits
}
