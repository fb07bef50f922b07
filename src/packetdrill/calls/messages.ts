import type { Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { failure, type Handler, once, type Started } from './scene.ts'
import { type Left, messageFlags, reading, sendingTo, vectorLength, writing } from './transfer.ts'
import { fieldsOf, isOpen, numberOf } from './values.ts'

const MSG_ERRQUEUE = 0x2000
const TCP_CM_INQ = 36

/** `sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}, MSG_MORE)` */
export const sendmsg: Handler = ([fd, message, flags], scene) => {
  const fields = fieldsOf(message, 'the message')
  const data = new Uint8Array(vectorLength(fields.get('msg_iov')?.value))
  const number = numberOf(fd, 'the descriptor')
  const asked = messageFlags(flags)
  if (fields.has('msg_control')) throw new Unsupported('sendmsg with msg_control')
  return fields.has('msg_name')
    ? sendingTo(scene, number, data, asked, fields.get('msg_name')?.value)
    : writing(scene, number, data, asked)
}

/** `recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}, 0)` */
export const recvmsg: Handler = ([fd, message, flags], scene): Started => {
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  // Nothing that this stack has puts anything there.
  if ((asked & MSG_ERRQUEUE) !== 0) return once(failure(scene, 'EAGAIN'))
  const fields = fieldsOf(message, 'the message')
  const control = fields.get('msg_control')?.value
  const wanted = control === undefined || isOpen(control) ? null : inqOf(control)
  const count = vectorLength(fields.get('msg_iov')?.value)
  const left: Left = { octets: null }
  const started = reading(scene, numberOf(fd, 'the descriptor'), count, messageFlags(flags), null, left)
  const told = fields.get('msg_flags')?.value
  return {
    ...started,
    check(result) {
      if (result < 0) return
      if (!isOpen(told) && numberOf(told, 'msg_flags') !== 0) {
        throw new Mismatch(`recvmsg() tells msg_flags 0, expected ${numberOf(told, 'msg_flags')}`)
      }
      if (wanted === null || wanted.octets === left.octets) return
      const text = ({ octets }: Left): string => (octets === null ? 'no control message' : `TCP_CM_INQ ${octets}`)
      throw new Mismatch(`recvmsg() tells ${text(left)}, expected ${text(wanted)}`)
    },
  }
}

/** What a list of control messages says is left to read. @throws {Unsupported} for control messages of other kinds */
function inqOf(control: Expression): Left {
  const items = control.kind === 'list' ? control.items : [control]
  let octets: number | null = null
  for (const item of items) {
    const fields = fieldsOf(item, 'a control message')
    const type = fields.get('cmsg_type')?.value
    if (type === undefined || numberOf(type, 'cmsg_type') !== TCP_CM_INQ) {
      throw new Unsupported(`control message ${type === undefined ? '' : printExpression(type)}`.trim())
    }
    octets = numberOf(fields.get('cmsg_data')?.value, 'cmsg_data')
  }
  return { octets }
}
