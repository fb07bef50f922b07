import { expect, test } from 'vitest'
import { runScript } from '../run/run-script.ts'

/** Times of what was sent, as Linux (6.18) tells them with SOF_TIMESTAMPING_OPT_CMSG. */
const SCRIPT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <...>
+.05 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4

+0 setsockopt(4, SOL_IP, IP_PKTINFO, [1], 4) = 0
+0 setsockopt(4, SOL_IP, IP_RECVTTL, [1], 4) = 0
+0 setsockopt(4, SOL_IP, IP_RECVTOS, [1], 4) = 0
+0 setsockopt(4, SOL_IP, IP_TTL, [77], 4) = 0
+0 setsockopt(4, SOL_IP, IP_TOS, [16], 4) = 0
+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SOFTWARE|SOF_TIMESTAMPING_TX_ACK|SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_OPT_ID|SOF_TIMESTAMPING_OPT_CMSG], 4) = 0
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 1
+.05 < . 1:1(0) ack 101 win 257
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 500}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=...},
    {cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data=...},
    {cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=77},
    {cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=16},
    {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_info=SCM_TSTAMP_SND, ee_data=99}}]}, MSG_ERRQUEUE) = 140
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 500}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=...},
    {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_info=SCM_TSTAMP_ACK, ee_data=99}}]}, MSG_ERRQUEUE) = 100

// A time without its packet has no header to tell of.
+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SOFTWARE|SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_OPT_TSONLY|SOF_TIMESTAMPING_OPT_CMSG], 4) = 0
+0 write(4, ..., 100) = 100
+0 > P. 101:201(100) ack 1
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 500}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=...},
    {cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_info=SCM_TSTAMP_SND, ee_data=0}}]}, MSG_ERRQUEUE) = 0
`

test('with a packet that left comes what IP_PKTINFO, IP_RECVTTL and IP_RECVTOS tell of its header, with what was acknowledged nothing', () => {
  const { status, reason } = runScript('sent-header.pkt', SCRIPT)
  expect(`${status} ${reason}`.trim()).toBe('passed')
})

/** What an IPv6 socket tells, asked by both families' options and without SOF_TIMESTAMPING_OPT_CMSG. */
const opens = SCRIPT.split('\n').slice(0, 8).join('\n')
const of6 = (messages: string, octets: number): string => `${opens}
+0 setsockopt(4, SOL_IP, IP_PKTINFO, [1], 4) = 0
+0 setsockopt(4, SOL_IP, IP_RECVTTL, [1], 4) = 0
+0 setsockopt(4, SOL_IPV6, IPV6_RECVPKTINFO, [1], 4) = 0
+0 setsockopt(4, SOL_IPV6, IPV6_RECVHOPLIMIT, [1], 4) = 0
+0 setsockopt(4, SOL_IPV6, IPV6_RECVTCLASS, [1], 4) = 0
+0 setsockopt(4, SOL_IPV6, IPV6_UNICAST_HOPS, [9], 4) = 0
+0 setsockopt(4, SOL_IPV6, IPV6_TCLASS, [32], 4) = 0
+0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_SOFTWARE|SOF_TIMESTAMPING_TX_ACK|SOF_TIMESTAMPING_SOFTWARE], 4) = 0
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 1
+.05 < . 1:1(0) ack 101 win 257
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 500}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=...},
    {cmsg_level=SOL_IPV6, cmsg_type=50, cmsg_data=...},
    ${messages},
    {cmsg_level=SOL_IPV6, cmsg_type=IPV6_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_info=SCM_TSTAMP_SND, ee_data=0}}]}, MSG_ERRQUEUE) = ${octets}
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 500}], msg_flags=MSG_ERRQUEUE, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data=...},
    {cmsg_level=SOL_IPV6, cmsg_type=IPV6_RECVERR, cmsg_data={ee_errno=ENOMSG, ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_info=SCM_TSTAMP_ACK, ee_data=0}}]}, MSG_ERRQUEUE) = 100
`
const SIX =
  '{cmsg_level=SOL_IPV6, cmsg_type=52, cmsg_data=9}, {cmsg_level=SOL_IPV6, cmsg_type=IPV6_TCLASS, cmsg_data=32}'
const MAPPED =
  '{cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data=...}, {cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=64}'

test.each([
  ['ipv6', of6(SIX, 160)],
  ['ipv4-mapped-ipv6', of6(MAPPED, 140)],
])(
  'an IPv6 socket tells of headers unasked by SOF_TIMESTAMPING_OPT_CMSG, of each family what was asked for it: %s',
  (value, script) => {
    const { status, reason } = runScript('sent-header.pkt', script, { options: [{ name: 'ip_version', value }] })
    expect(`${status} ${reason}`.trim()).toBe('passed')
  },
)
