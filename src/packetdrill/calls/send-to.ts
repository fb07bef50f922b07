import { type ControlMessage, Msg, Part, UNREADABLE } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { behindSyn } from './behind-syn.ts'
import { errnoOf, failure, type Handler, liveFd, once, type Scene, type Started } from './scene.ts'
import { addressFailure, follow, mismatch, remoteAddress, socketAddress, withFamily } from './sockets.ts'
import { dataOf, messageFlags, sizeOf } from './transfer.ts'
import { isNowhere, isOpen, numberOf } from './values.ts'
import { ending, send, writing, writingNowhere } from './writing.ts'

/** `sendto(3, ..., 1000, MSG_FASTOPEN, ..., ...)` */
export const sendto: Handler = (args, scene) => {
  const [fd, buffer, count, flags, given, length] = args
  const address = withFamily(given, length)
  const number = numberOf(fd, 'the descriptor')
  const asked = messageFlags(flags)
  // To a BSD no address is none, however long.
  if (isNowhere(address) && scene.host.personality.sockets.addressIsExact) return send(args.slice(0, 4), scene)
  const bad = addressFailure(scene, address, length)
  if (bad !== 0) return once(bad)
  const nobody = !isOpen(length) && numberOf(length, 'the length of the address') < 2
  const putOff = isPutOff(scene, number)
  if (nobody && (asked & Msg.FASTOPEN) !== 0 && !putOff) return once(failure(scene, 'EINVAL'))
  const size = sizeOf(buffer, count)
  if (nobody && putOff && !isNowhere(address)) {
    // The SYN takes the data along before anybody looks at the address.
    sendingTo(scene, number, dataOf(buffer, size), asked, undefined).attempt()
    return once(failure(scene, 'EINVAL'))
  }
  if (!isNowhere(buffer))
    return ending(scene, number, flags, size, (held) =>
      sendingTo(scene, number, dataOf(buffer, size), asked | held, address, [], undefined, length),
    )
  if ((asked & Msg.FASTOPEN) === 0) return writingNowhere(scene, number, size, asked)
  // The SYN goes without data, and whoever waits for its answer is told then.
  const opening = sendingTo(scene, number, UNREADABLE, asked, address)
  return {
    attempt() {
      const result = opening.attempt()
      return result === 0 && size > 0 ? failure(scene, 'EFAULT') : result
    },
  }
}

/** A connect() that was put off: the next write opens the connection. */
function isPutOff(scene: Scene, fd: number): boolean {
  return scene.process.file(liveFd(scene, fd))?.opensBySending === true
}

/** A datagram with its address, or data that goes with the SYN. */
export function sendingTo(
  scene: Scene,
  fd: number,
  data: Uint8Array,
  flags: number,
  address: Expression | undefined,
  control: readonly ControlMessage[] = [],
  pieces?: readonly number[],
  length?: Expression,
): Started {
  const live = liveFd(scene, fd)
  const file = scene.process.file(live)
  const implied = file?.protocol === 'tcp' && file.connectsBySending && address !== undefined
  const opens = (flags & Msg.FASTOPEN) !== 0 || implied
  if (isPutOff(scene, fd) && !isNowhere(address) && socketAddress(address, remoteAddress(scene)) === null)
    return once(failure(scene, 'EOPNOTSUPP'))
  if (file?.protocol !== 'udp' && !opens) return writing(scene, fd, data, flags, control, pieces)
  const to = socketAddress(address, remoteAddress(scene))
  // No connection can be opened to AF_UNSPEC.
  if (to === null && opens) return once(failure(scene, 'EOPNOTSUPP'))
  const wrong = opens && !implied && to !== null ? mismatch(scene, live, address, length) : 0
  if (wrong !== 0 && file?.conn === 0) return once(wrong)
  const begins = file?.conn === 0
  const result = scene.process.sendmsg(live, data, flags, to, control)
  if (to !== null && begins && (opens || result >= 0)) follow(scene, live, to, Math.min(result, 0))
  const waits = opens && !implied && scene.files.get(fd)?.nonblocking === false && (flags & Msg.DONTWAIT) === 0
  const { socketAnswersFirst } = scene.host.personality.sockets
  // A call that finds a SYN on its way waits for the same handshake as the call that sent it.
  const beside = errnoOf(scene, result) === 'EALREADY' && socketAnswersFirst === null
  const opening = (result > 0 && begins) || beside || errnoOf(scene, result) === 'EINPROGRESS'
  return waits && opening && to !== null
    ? behindSyn(scene, fd, data.length, to, result, (sent) =>
        // Data handed over before there was a connection are copied, which their report says at once unless the SYN took some of them.
        writing(scene, fd, data.subarray(sent), (flags & ~Msg.FASTOPEN & ~(sent > 0 ? Msg.ZEROCOPY : 0)) | Part.COPIES),
      )
    : once(result)
}
