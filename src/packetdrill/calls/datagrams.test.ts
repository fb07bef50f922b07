import { expect, test } from 'vitest'
import { runScript } from '../run/run-script.ts'

/** What Linux (6.18) tells of datagrams beside their octets. */
function outcome(version: string, text: string): string {
  const options = [{ name: 'ip_version', value: version }]
  const { status, reason } = runScript(`${version}.pkt`, text, { options })
  return `${status} ${reason}`.trim()
}

const V4 = `0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
+0 getsockopt(3, SOL_IP, IP_MTU, [...], [4]) = -1 ENOTCONN (Transport endpoint is not connected)
+0 connect(3, ..., ...) = 0
+0 getsockopt(3, SOL_IP, IP_MTU, [1500], [4]) = 0
+0 setsockopt(3, SOL_IP, IP_TOS, [0x20], 4) = 0
+0 send(3, ..., 100, 0) = 100
+0 > (tos 0x20) udp (100)
+0 < (tos 0x28, ttl 33) udp (10)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0, msg_control=[]}, MSG_PEEK) = 10
+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0
+0 setsockopt(3, SOL_IP, IP_RECVTOS, [1], 4) = 0
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0, msg_control=[
    {cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=33}, {cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=0x28}]}, 0) = 10
`

const V6 = `0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
+0 getsockopt(3, SOL_IPV6, IPV6_MTU, [...], [4]) = -1 ENOTCONN (Transport endpoint is not connected)
+0 connect(3, ..., ...) = 0
+0 getsockopt(3, SOL_IPV6, IPV6_MTU, [1500], [4]) = 0
+0 setsockopt(3, SOL_IPV6, IPV6_TCLASS, [0x20], 4) = 0
+0 send(3, ..., 100, 0) = 100
+0 > (tos 0x20) udp (100)
+0 setsockopt(3, SOL_IPV6, IPV6_RECVHOPLIMIT, [1], 4) = 0
+0 setsockopt(3, SOL_IPV6, IPV6_RECVTCLASS, [1], 4) = 0
+0 < (tos 0x28, ttl 33) udp (10)
+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0, msg_control=[
    {cmsg_level=SOL_IPV6, cmsg_type=52, cmsg_data=33}, {cmsg_level=SOL_IPV6, cmsg_type=IPV6_TCLASS, cmsg_data=0x28}]}, 0) = 10
`

test('the TTL and TOS with which a datagram came are told, and the path that a connected socket has', () => {
  expect(outcome('ipv4', V4)).toBe('passed')
  expect(outcome('ipv6', V6)).toBe('passed')
})
