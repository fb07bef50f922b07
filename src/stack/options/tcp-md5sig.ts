import { Errno } from '../../base/index.ts'
import type { SignatureKey } from '../../tcp/index.ts'
import { Address } from '../../wire/index.ts'
import { AF_INET, Level, TcpOption } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import type { OctetsOption } from './option.ts'

/** Octets of `struct tcp_md5sig`, and where its fields lie behind the address. */
const LENGTH = 216
const FLAGS_AT = 128
const PREFIX_AT = 129
const KEY_LENGTH_AT = 130
const IFINDEX_AT = 132
const KEY_AT = 136
const KEY_MAX = 80
const FLAG_PREFIX = 1
const FLAG_IFINDEX = 2

/**
 * TCP_MD5SIG (RFC 2385): a key that segments to and from a peer are signed with; a key of no octets takes it away.
 *
 *     fewer octets than the structure has, or another family than the socket's | EINVAL
 *     a key of more than 80 octets                                             | EINVAL
 *     no octets, and the peer has no key                                       | ENOENT
 *     FreeBSD                                                                  | ENOPROTOOPT
 */
export const tcpMd5sig: OctetsOption = {
  name: 'TCP_MD5SIG',
  level: Level.IPPROTO_TCP,
  number: TcpOption.MD5SIG,
  length: LENGTH,
  // There it takes a module, tcpmd5, that nobody has loaded.
  setOctets: (socket, octets) =>
    socket.host.personality.sockets.checksSignatures ? setKey(socket, octets, false) : -Errno.ENOPROTOOPT,
}

/**
 * TCP_MD5SIG_EXT: as TCP_MD5SIG, and `tcpm_flags` may give the peer's prefix or an interface.
 *
 *     a prefix of more bits than an address has | EINVAL
 *     an interface                              | EINVAL: none here is a routing domain of its own
 */
export const tcpMd5sigExt: OctetsOption = {
  name: 'TCP_MD5SIG_EXT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.MD5SIG_EXT,
  length: LENGTH,
  setOctets: (socket, octets) => setKey(socket, octets, true),
}

function setKey(socket: Socket, octets: Uint8Array, extended: boolean): number {
  if (octets.length < LENGTH) return -Errno.EINVAL
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  if (view.getUint16(0, true) !== socket.family) return -Errno.EINVAL
  const peer = peerOf(octets, socket.family)
  const flags = extended ? view.getUint8(FLAGS_AT) : 0
  const bits = peer.v4 ? 32 : 128
  const given = view.getUint8(PREFIX_AT)
  if ((flags & FLAG_PREFIX) !== 0 && given > bits) return -Errno.EINVAL
  if ((flags & FLAG_IFINDEX) !== 0 && view.getUint32(IFINDEX_AT, true) !== 0) return -Errno.EINVAL
  const prefix = (flags & FLAG_PREFIX) === 0 ? bits : given
  const length = view.getUint16(KEY_LENGTH_AT, true)
  if (length > KEY_MAX) return -Errno.EINVAL
  const others = (socket.options.signatureKeys ?? []).filter((one) => one.prefix !== prefix || !one.peer.equals(peer))
  if (length === 0 && others.length === (socket.options.signatureKeys ?? []).length) return -Errno.ENOENT
  const key: SignatureKey = { peer, prefix, key: octets.slice(KEY_AT, KEY_AT + length) }
  const keys = length === 0 ? others : [...others, key]
  // Without keys again, segments go on leaving one by one.
  socket.options.signatureKeys = keys
  return 0
}

/** The peer in a `sockaddr_in` or `sockaddr_in6`; a mapped address is an IPv4 one. */
function peerOf(octets: Uint8Array, family: number): Address {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  if (family === AF_INET) return Address.v4(view.getInt32(4))
  return Address.fromWords(view.getInt32(8), view.getInt32(12), view.getInt32(16), view.getInt32(20)).unmapped()
}
