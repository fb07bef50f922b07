import { expect, test } from 'vitest'
import { tcpInfoAt } from './tcp-info.ts'

/** A structure in which the octet at each place is its place. */
function counting(length: number): DataView {
  return new DataView(Uint8Array.from({ length }, (_, index) => index & 0xff).buffer)
}

test('fields lie where linux/tcp.h has them', () => {
  const info = tcpInfoAt(counting(248), 0, 248)
  expect(info).toMatchObject({
    state: 0,
    options: 5,
    snd_wscale: 6,
    rcv_wscale: 0,
    delivery_rate_app_limited: true,
    rto: 0x0b0a0908,
    last_ack_recv: 0x3b3a3938,
    total_retrans: 0x67666564,
    pacing_rate: 0x6f6e6d6c6b6a6968n,
    bytes_sent: 0xcfcecdcccbcac9c8n,
    snd_wnd: 0xe7e6e5e4,
  })
})

test('what an older kernel does not give is unknown', () => {
  expect(tcpInfoAt(counting(104), 0, 104)).toMatchObject({
    total_retrans: 0x67666564,
    pacing_rate: undefined,
    snd_wnd: undefined,
  })
  // Linux 4.9 ends with tcpi_delivery_rate, 5.4 with tcpi_snd_wnd.
  expect(tcpInfoAt(counting(168), 0, 168)).toMatchObject({
    delivery_rate: 0xa7a6a5a4a3a2a1a0n,
    busy_time: undefined,
  })
  expect(tcpInfoAt(counting(103), 0, 103)).toBeUndefined()
})
