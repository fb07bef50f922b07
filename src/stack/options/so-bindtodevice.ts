import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { TextOption } from './option.ts'

/**
 * SO_BINDTODEVICE: the interface that a socket is bound to, by name. It is kept, and told with its closing zero; the routes decide all
 * the same.
 *
 *     an interface's name | taken
 *     ''                  | no interface
 *     another name        | ENODEV
 */
export const soBindToDevice: TextOption = {
  name: 'SO_BINDTODEVICE',
  level: Level.SOL_SOCKET,
  number: So.BINDTODEVICE,
  length: 16,
  leastOctets: 0,
  setText(socket, name) {
    if (name !== '' && socket.host.interfaces.byName(name) === undefined) return -Errno.ENODEV
    socket.options.device = name
    return 0
  },
  get: ({ options }) => (options.device === '' ? '' : `${options.device}\0`),
}
