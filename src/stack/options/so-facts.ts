import { State } from '../../tcp/index.ts'
import { Level, SOCK_DGRAM, SOCK_STREAM, So } from '../constants.ts'
import { isStream, type SocketOption } from './option.ts'

/** What a socket is; read only. */
export const soFacts: readonly SocketOption[] = [
  {
    name: 'SO_TYPE',
    level: Level.SOL_SOCKET,
    number: So.TYPE,
    length: 4,
    get: (socket) => (isStream(socket) ? SOCK_STREAM : SOCK_DGRAM),
  },
  {
    name: 'SO_DOMAIN',
    level: Level.SOL_SOCKET,
    number: So.DOMAIN,
    length: 4,
    get: (socket) => socket.family,
  },
  {
    name: 'SO_PROTOCOL',
    level: Level.SOL_SOCKET,
    number: So.PROTOCOL,
    length: 4,
    get: (socket) => (isStream(socket) ? 6 : 17),
  },
  {
    name: 'SO_ACCEPTCONN',
    level: Level.SOL_SOCKET,
    number: So.ACCEPTCONN,
    length: 4,
    get: (socket) => Number(isStream(socket) && socket.state === State.LISTEN),
  },
]
