import { Level, So } from '../constants.ts'
import type { ClaimingSocket, SocketOption } from './option.ts'

/** SO_REUSEPORT_LB: listeners of one port share its connections, as Linux's SO_REUSEPORT has them do. */
export const soReusePortLb: SocketOption = {
  name: 'SO_REUSEPORT_LB',
  level: Level.SOL_SOCKET,
  number: So.REUSEPORT_LB,
  length: 4,
  rare: true,
  set(socket, value) {
    ;(socket as ClaimingSocket).changeClaim((options) => {
      options.reusePort = value !== 0
    })
    return 0
  },
  get: ({ options }) => Number(options.reusePort),
}
