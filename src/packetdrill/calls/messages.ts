import { type ControlMessage, Level, leftToRead, Msg, TcpOption } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { checkControl, listed, roomFor } from './control-messages.ts'
import { type Beside, reading, readingNowhere } from './reading.ts'
import { failure, type Handler, liveFd, once, type Scene, type Started, tcpSocketOf } from './scene.ts'
import { sendingTo } from './send-to.ts'
import { firstBase, messageFlags, room, vectorFailure, vectorLength, vectorPieces, vectorText } from './transfer.ts'
import { fieldsOf, isNowhere, isOpen, numberOf } from './values.ts'
import { ending, writing, writingNowhere } from './writing.ts'

/** `sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}, MSG_MORE)` */
export const sendmsg: Handler = ([fd, message, flags], scene) => {
  if (isNowhere(message)) return once(failure(scene, 'EFAULT'))
  const number = numberOf(fd, 'the descriptor')
  const fields = fieldsOf(message, 'the message')
  const vector = fields.get('msg_iov')
  const bad = vectorFailure(scene, number, vector?.value, vector?.count, 'EMSGSIZE')
  if (bad !== 0) return once(bad)
  const length = vectorLength(vector?.value, vector?.count)
  const asked = messageFlags(flags)
  if (length > 0 && isNowhere(firstBase(vector?.value, vector?.count)))
    return writingNowhere(scene, number, length, asked)
  const data = room(length)
  const pieces = vectorPieces(vector?.value, vector?.count)
  const control = controlOf(fields.get('msg_control')?.value)
  return ending(scene, number, flags, length, (held) =>
    fields.has('msg_name')
      ? sendingTo(scene, number, data, asked | held, fields.get('msg_name')?.value, control, pieces)
      : writing(scene, number, data, asked | held, control, pieces),
  )
}

/** The control messages that a script sends along: all of them numbers. */
function controlOf(list: Expression | undefined): ControlMessage[] {
  if (list === undefined || isOpen(list)) return []
  return listed(list).map((item) => {
    const fields = fieldsOf(item, 'a control message')
    const data = fields.get('cmsg_data')?.value
    if (data?.kind === 'struct') throw new Unsupported('sendmsg with a structure as cmsg_data')
    return {
      level: numberOf(fields.get('cmsg_level')?.value, 'cmsg_level'),
      type: numberOf(fields.get('cmsg_type')?.value, 'cmsg_type'),
      value: numberOf(data, 'cmsg_data'),
    }
  })
}

/** `recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}, 0)` */
export const recvmsg: Handler = ([fd, message, flags], scene): Started => {
  if (isNowhere(message)) return once(failure(scene, 'EFAULT'))
  const number = numberOf(fd, 'the descriptor')
  const fields = fieldsOf(message, 'the message')
  const control = fields.get('msg_control')?.value
  const vector = fields.get('msg_iov')
  const bad = vectorFailure(scene, number, vector?.value, vector?.count, 'EMSGSIZE')
  if (bad !== 0) return once(bad)
  const count = vectorLength(vector?.value, vector?.count)
  const discards = (messageFlags(flags) & Msg.TRUNC) !== 0
  if (count > 0 && !discards && isNowhere(firstBase(vector?.value, vector?.count)))
    return readingNowhere(scene, number, count, messageFlags(flags))
  const beside: Beside = { flags: 0, control: [] }
  const started = reading(scene, number, count, messageFlags(flags), vectorText(vector?.value, vector?.count), beside)
  const told = fields.get('msg_flags')?.value
  return {
    get deadline() {
      return started.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt: () => started.attempt(),
    check(result) {
      if (result < 0) return
      started.check?.(result)
      // What finds no room behind the messages that the script knows of is cut off.
      const kept = roomFor(control, withLeft(scene, number, beside.control))
      const seen = beside.flags | (kept.length < beside.control.length ? Msg.CTRUNC : 0)
      if (!isOpen(told) && numberOf(told, 'msg_flags') !== seen) {
        throw new Mismatch(
          `recvmsg() tells msg_flags ${flagsText(seen)}, expected ${flagsText(numberOf(told, 'msg_flags'))}`,
        )
      }
      if (control !== undefined && !isOpen(control)) checkControl(scene, control, kept)
    },
  }
}

/** TCP_INQ tells what is left as the call returns, however long ago it read. */
function withLeft(scene: Scene, fd: number, control: readonly ControlMessage[]): readonly ControlMessage[] {
  const socket = tcpSocketOf(scene, liveFd(scene, fd))
  const tcb = socket?.tcb ?? null
  if (socket === undefined || tcb === null) return control
  return control.map((one) =>
    one.level === Level.IPPROTO_TCP && one.type === TcpOption.INQ
      ? { ...one, value: leftToRead(tcb, socket.endRead) }
      : one,
  )
}

function flagsText(flags: number): string {
  const names = Object.entries(Msg).filter(([, bit]) => (flags & bit) !== 0)
  return names.length === 0 ? '0' : names.map(([name]) => `MSG_${name}`).join('|')
}
