import { expect, test } from 'vitest'
import { Md5 } from './md5.ts'

const octets = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const hex = (digest: Uint8Array): string => [...digest].map((octet) => octet.toString(16).padStart(2, '0')).join('')

/** RFC 1321, appendix A.5. */
const SUITE = {
  '': 'd41d8cd98f00b204e9800998ecf8427e',
  a: '0cc175b9c0f1b6a831c399e269772661',
  abc: '900150983cd24fb0d6963f7d28e17f72',
  'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
  abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
  ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: 'd174ab98d277d9f5a5611c2c9f419d9f',
  '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
    '57edf4a22be3c955ac49da2e2107b67a',
}

test.each(Object.entries(SUITE))('RFC 1321: MD5("%s")', (text, digest) => {
  expect(hex(new Md5().update(octets(text)).digest())).toBe(digest)
})

test('pieces are as good as the whole, wherever they end', () => {
  const whole = octets('x'.repeat(200))
  const expected = hex(new Md5().update(whole).digest())
  for (const cut of [1, 55, 56, 63, 64, 65, 119, 128, 199])
    expect(hex(new Md5().update(whole, 0, cut).update(whole, cut).digest())).toBe(expected)
})
