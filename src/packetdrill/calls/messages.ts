import type { Expression } from '../language/ast.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import type { Handler, Started } from './scene.ts'
import { messageFlags, reading, sendingTo, vectorLength, writing } from './transfer.ts'
import { fieldsOf, isOpen, numberOf } from './values.ts'

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

/** `recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}, 0)` */
export const recvmsg: Handler = ([fd, message, flags], scene): Started => {
  const fields = fieldsOf(message, 'the message')
  const control = fields.get('msg_control')?.value
  if (control !== undefined && !isOpen(control) && !isEmpty(control)) throw new Unsupported('recvmsg with msg_control')
  const count = vectorLength(fields.get('msg_iov')?.value)
  const started = reading(scene, numberOf(fd, 'the descriptor'), count, messageFlags(flags), null)
  const told = fields.get('msg_flags')?.value
  return {
    ...started,
    check(result) {
      if (result < 0 || isOpen(told) || numberOf(told, 'msg_flags') === 0) return
      throw new Mismatch(`recvmsg() tells msg_flags 0, expected ${numberOf(told, 'msg_flags')}`)
    },
  }
}

function isEmpty(control: Expression): boolean {
  return control.kind === 'list' && control.items.length === 0
}
