/** sendmmsg() and recvmmsg(): several messages by one call. */
import { Msg } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch } from '../run/outcome.ts'
import { recvmsg, sendmsg } from './messages.ts'
import type { Handler, Started } from './scene.ts'
import { fieldsOf, isNowhere, isOpen, numberOf, timeOf } from './values.ts'

/** UIO_MAXIOV: of more messages than that the others are left. */
const MESSAGES_MOST = 1024
/** Behind the first message nothing is waited for. */
const MSG_WAITFORONE = 0x10000

/** `sendmmsg(4, [{msg_hdr={msg_name(...)=..., msg_iov(1)=[{..., 10}]}, msg_len=10}], 1, 0)`: how many were sent. */
export const sendmmsg: Handler = ([fd, list, count, flags], scene) =>
  oneByOne(messagesOf(list, count, 'sendmmsg'), (message) => sendmsg([fd, message, flags] as Expression[], scene))

/** `recvmmsg(4, [{msg_hdr={…}, msg_len=10}, …], 2, MSG_DONTWAIT, NULL)`: how many came; `timeout` is looked at between two of them. */
export const recvmmsg: Handler = ([fd, list, count, flags, timeout], scene) => {
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  const deadline = scene.now + timeoutUs(timeout)
  let isFirst = true
  return oneByOne(messagesOf(list, count, 'recvmmsg'), (message) => {
    const late = !isFirst && scene.now >= deadline
    if (late) return null
    const waits = isFirst || (asked & MSG_WAITFORONE) === 0
    isFirst = false
    const own: Expression = {
      kind: 'integer',
      value: (asked & ~MSG_WAITFORONE) | (waits ? 0 : Msg.DONTWAIT),
      hex: false,
    }
    return recvmsg([fd, message, own] as Expression[], scene)
  })
}

interface Message {
  readonly header: Expression
  /** `msg_len`; undefined: it is left open. */
  readonly length: Expression | undefined
}

function messagesOf(list: Expression | undefined, count: Expression | undefined, call: string): Message[] {
  if (isNowhere(list) || isOpen(list)) throw new Mismatch(`${call}() takes a list [{msg_hdr={…}, msg_len=N}, …]`)
  const items = list?.kind === 'list' ? list.items : [list as Expression]
  const most = isOpen(count) ? items.length : numberOf(count, 'the number of messages')
  if (most > items.length)
    throw new Mismatch(`${call}() is told of ${most} messages, and ${items.length} are written down`)
  return items.slice(0, Math.min(most, MESSAGES_MOST)).map((item) => {
    const fields = fieldsOf(item, 'a message', ['msg_hdr', 'msg_len'])
    const header = fields.get('msg_hdr')?.value ?? item
    return { header, length: fields.get('msg_len')?.value }
  })
}

/** Does one message after another. What fails behind the first is for the next call. @param begin null: the time is over */
function oneByOne(messages: readonly Message[], begin: (header: Expression) => Started | null): Started {
  const ended: { started: Started; result: number; message: Message }[] = []
  let started: Started | null = null
  return {
    get deadline() {
      return started?.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      for (;;) {
        const message = messages[ended.length]
        if (message === undefined) return ended.length
        started ??= begin(message.header)
        if (started === null) return ended.length
        const result = started.attempt()
        if (result === null) return null
        if (result < 0) return ended.length > 0 ? ended.length : result
        ended.push({ started, result, message })
        started = null
      }
    },
    check() {
      for (const { started: done, result, message } of ended) {
        done.check?.(result)
        if (isOpen(message.length) || numberOf(message.length, 'msg_len') === result) continue
        throw new Mismatch(`msg_len is ${result}, expected ${printExpression(message.length as Expression)}`)
      }
    },
  }
}

function timeoutUs(timeout: Expression | undefined): number {
  if (isOpen(timeout) || isNowhere(timeout)) return Number.POSITIVE_INFINITY
  return timeOf(timeout, 'the timeout')
}
