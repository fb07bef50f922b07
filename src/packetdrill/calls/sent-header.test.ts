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
