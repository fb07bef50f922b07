import { expect, test } from 'vitest'
import { paddedIpOptions, stampedIpOptions } from './ip-options.ts'

const hex = (octets: Uint8Array | undefined): string | undefined =>
  octets && [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')
const octets = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** As Linux 6.18 takes them, root's. */
test.each([
  ['940400', '94040000'],
  ['9404000000', '9404000000000000'],
  ['940300', undefined],
  ['070304', '07030400'],
  ['0702', undefined],
  ['070604000000', undefined],
  ['07070300000000', undefined],
  ['07070800000000', '0707080000000000'],
  ['07070501020304', undefined],
  ['44040500', '44040500'],
  ['4408040000000000', undefined],
  ['4408050200000000', '4408050200000000'],
  ['4408050100000000', undefined],
  ['440805f000000000', '440805f000000000'],
  ['440409f0', undefined],
  ['07030407030400', undefined],
  ['00090909', '00000000'],
  ['010007', '01000000'],
  ['4d01', undefined],
  ['4d0501', undefined],
  ['860600000001', undefined],
  ['820301', '82030100'],
])('%s: %s', (given, taken) => {
  expect(hex(paddedIpOptions(octets(given)))).toBe(taken)
})

/** The time is not midnight's, which its highest bit says (RFC 791 §3.1). */
test.each([
  ['0707040000000000', '0707080a00000100'],
  ['0707080000000000', '0707080000000000'],
  ['44080500000000000', '4408090080000007'],
  ['440c050100000000000000000', '440c0d010a00000180000007'],
  ['4d040102', '4d040102'],
])('a packet of 10.0.0.1 has, of %s: %s', (given, carried) => {
  expect(hex(stampedIpOptions(octets(given), 0x0a000001, 7))).toBe(carried)
})
