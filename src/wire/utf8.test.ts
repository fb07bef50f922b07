import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

const text = fc.string({ unit: 'binary', maxLength: 20 })

test('encodes as the platform does, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom('\ud800', 'a\udfffb', '\udc00\ud800')), (s) => {
      expect(encodeUtf8(s)).toEqual(new TextEncoder().encode(s))
    }),
  )
})

test('decodes what was encoded', () => {
  fc.assert(
    fc.property(text, (s) => {
      expect(decodeUtf8(encodeUtf8(s))).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(encodeUtf8(s)))
    }),
  )
})

test('decodes any octets, and valid ones as the platform does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
      const ours = decodeUtf8(octets)
      const theirs = new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets)
      // How many replacements a broken sequence is worth is a matter of taste; everything else is not.
      expect(ours.replace(/\ufffd+/g, '\ufffd')).toBe(theirs.replace(/\ufffd+/g, '\ufffd'))
    }),
    { numRuns: 2000 },
  )
})
