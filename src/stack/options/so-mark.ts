import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** SO_MARK: a number for rules of routing and filtering; any is taken, and told. There are no such rules here. */
export const soMark: SocketOption = {
  name: 'SO_MARK',
  level: Level.SOL_SOCKET,
  number: So.MARK,
  length: 4,
  set(socket, value) {
    socket.options.mark = value
    return 0
  },
  get: ({ options }) => options.mark,
}

/** SO_PRIORITY: a number for queues below; any is taken from root, and told. There are no such queues here. */
export const soPriority: SocketOption = {
  name: 'SO_PRIORITY',
  level: Level.SOL_SOCKET,
  number: So.PRIORITY,
  length: 4,
  set(socket, value) {
    socket.options.priority = value
    return 0
  },
  get: ({ options }) => options.priority,
}
