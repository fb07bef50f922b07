import { describe, expect, test } from 'vitest'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { HostError } from '../errors.ts'
import { parseFormat } from './format.ts'
import { TcpTraceDecoder } from './tcp-events.ts'

const COMMON = `format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;
`
const SET_STATE = `name: inet_sock_set_state
ID: 2287
${COMMON}
	field:const void * skaddr;	offset:8;	size:8;	signed:0;
	field:int oldstate;	offset:16;	size:4;	signed:1;
	field:int newstate;	offset:20;	size:4;	signed:1;
	field:__u16 sport;	offset:24;	size:2;	signed:0;
	field:__u16 dport;	offset:26;	size:2;	signed:0;
	field:__u16 family;	offset:28;	size:2;	signed:0;
	field:__u16 protocol;	offset:30;	size:2;	signed:0;
	field:__u8 saddr[4];	offset:32;	size:4;	signed:0;
	field:__u8 daddr[4];	offset:36;	size:4;	signed:0;
	field:__u8 saddr_v6[16];	offset:40;	size:16;	signed:0;
	field:__u8 daddr_v6[16];	offset:56;	size:16;	signed:0;

print fmt: "family=%s", __print_symbolic(REC->family, { 2, "AF_INET" }, { 10, "AF_INET6" })
`
const SEND_RESET = `name: tcp_send_reset
ID: 2280
${COMMON}
	field:const void * skbaddr;	offset:8;	size:8;	signed:0;
	field:const void * skaddr;	offset:16;	size:8;	signed:0;
	field:int state;	offset:24;	size:4;	signed:1;
	field:enum sk_rst_reason reason;	offset:28;	size:4;	signed:0;
	field:__u8 saddr[28];	offset:32;	size:28;	signed:0;
	field:__u8 daddr[28];	offset:60;	size:28;	signed:0;

print fmt: "reason=%s", __print_symbolic(REC->reason, { 0, "NOT_SPECIFIED" }, { 1, "NO_SOCKET" })
`
/** As an older kernel has it: everything elsewhere. */
const DESTROY = `name: tcp_destroy_sock
ID: 9
${COMMON}
	field:__u64 sock_cookie;	offset:8;	size:8;	signed:0;
	field:const void * skaddr;	offset:16;	size:8;	signed:0;
	field:__u16 dport;	offset:24;	size:2;	signed:0;
	field:__u16 sport;	offset:26;	size:2;	signed:0;
	field:__u16 family;	offset:28;	size:2;	signed:0;
	field:__u8 saddr[4];	offset:30;	size:4;	signed:0;
	field:__u8 daddr[4];	offset:34;	size:4;	signed:0;
`

/** An event in the middle of a page. */
function event(length: number, fill: (view: DataView) => void): { page: Uint8Array; start: number } {
  const page = new Uint8Array(24 + length)
  fill(new DataView(page.buffer, 24))
  return { page, start: 24 }
}

function stateEvent(from: number, to: number, protocol: number = 6): { page: Uint8Array; start: number } {
  return event(72, (view) => {
    view.setUint16(0, 2287, LITTLE_ENDIAN)
    view.setInt32(4, 4711, LITTLE_ENDIAN)
    view.setBigUint64(8, 0xffff_8881_b3e3_9380n, LITTLE_ENDIAN)
    view.setInt32(16, from, LITTLE_ENDIAN)
    view.setInt32(20, to, LITTLE_ENDIAN)
    view.setUint16(24, 443, LITTLE_ENDIAN)
    view.setUint16(26, 50_000, LITTLE_ENDIAN)
    view.setUint16(28, 2, LITTLE_ENDIAN)
    view.setUint16(30, protocol, LITTLE_ENDIAN)
    view.setUint32(32, 0x7f00_0001)
    view.setUint32(36, 0x0a00_0002)
  })
}

describe('tracepoints of TCP', () => {
  const decoder = new TcpTraceDecoder([SET_STATE, SEND_RESET, DESTROY].map(parseFormat))

  test('a transition has its socket, states, ends and thread', () => {
    const { page, start } = stateEvent(1, 8)
    expect(decoder.decode(page, start, 72, 1_234_567n)).toEqual({
      kind: 'state',
      time: 1234,
      socket: 0xffff_8881_b3e3_9380n,
      family: 4,
      local: { address: '127.0.0.1', port: 443 },
      peer: { address: '10.0.0.2', port: 50_000 },
      from: 'ESTABLISHED',
      to: 'CLOSE-WAIT',
      pid: 4711,
    })
  })

  test('transitions of other protocols, and from a state to itself, are none', () => {
    for (const { page, start } of [stateEvent(1, 8, 132), stateEvent(7, 7)]) {
      expect(decoder.decode(page, start, 72, 0n)).toBeUndefined()
    }
  })

  test('states have the names of rows; half-open ones one name', () => {
    const states = (from: number, to: number): unknown => {
      const { page, start } = stateEvent(from, to)
      return decoder.decode(page, start, 72, 0n)
    }
    expect(states(12, 7)).toMatchObject({ from: 'SYN-RECEIVED', to: 'CLOSED' })
    expect(states(7, 10)).toMatchObject({ from: 'CLOSED', to: 'LISTEN' })
  })

  test('fields are found where this kernel has them', () => {
    const { page, start } = event(40, (view) => {
      view.setUint16(0, 9, LITTLE_ENDIAN)
      view.setBigUint64(8, 182_815n, LITTLE_ENDIAN)
      view.setBigUint64(16, 5n, LITTLE_ENDIAN)
      view.setUint16(24, 50_000, LITTLE_ENDIAN)
      view.setUint16(26, 443, LITTLE_ENDIAN)
    })
    expect(decoder.decode(page, start, 40, 0n)).toMatchObject({
      kind: 'end',
      cookie: 182_815n,
      socket: 5n,
      local: { address: '0.0.0.0', port: 443 },
      peer: { port: 50_000 },
    })
  })

  test('a reset has the reason in words, and ends of either family', () => {
    const reset = (family: number): unknown => {
      const { page, start } = event(88, (view) => {
        view.setUint16(0, 2280, LITTLE_ENDIAN)
        view.setUint32(28, 1, LITTLE_ENDIAN)
        for (const [at, port] of [
          [32, 1],
          [60, 32_844],
        ] as const) {
          view.setUint16(at, family, LITTLE_ENDIAN)
          view.setUint16(at + 2, port)
          view.setUint32(at + (family === 2 ? 4 : 8), 0x7f00_0001)
        }
      })
      return decoder.decode(page, start, 88, 0n)
    }
    expect(reset(2)).toMatchObject({
      kind: 'reset-sent',
      socket: 0n,
      reason: 'NO_SOCKET',
      local: { address: '127.0.0.1', port: 1 },
      peer: { address: '127.0.0.1', port: 32_844 },
    })
    expect(reset(10)).toMatchObject({ family: 6, local: { address: '7f00:1::', port: 1 } })
  })

  test("others' events, and entries too short to be one, are passed over", () => {
    expect(decoder.decode(new Uint8Array(8), 0, 8, 0n)).toBeUndefined()
    expect(decoder.decode(new Uint8Array(1), 0, 1, 0n)).toBeUndefined()
  })

  test('a text that is no format is refused', () => {
    expect(() => parseFormat('nothing')).toThrow(HostError)
  })
})
