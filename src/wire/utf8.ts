/**
 * UTF-8 in and out. TextEncoder is the platform's, not the language's: the core, which runs anywhere, does not name it.
 */

const REPLACEMENT = 0xfffd

/** The UTF-8 octets of a text; an unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const octets: number[] = []
  for (const character of text) {
    const read = character.codePointAt(0) as number
    const code = read >= 0xd800 && read <= 0xdfff ? REPLACEMENT : read
    if (code < 0x80) octets.push(code)
    else if (code < 0x800) octets.push(0xc0 | (code >> 6), continuation(code))
    else if (code < 0x1_0000) octets.push(0xe0 | (code >> 12), continuation(code >> 6), continuation(code))
    else octets.push(0xf0 | (code >> 18), continuation(code >> 12), continuation(code >> 6), continuation(code))
  }
  return Uint8Array.from(octets)
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

/** The text of UTF-8 octets; what is not UTF-8 becomes U+FFFD, octet by octet. */
export function decodeUtf8(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; ) {
    const length = sequenceLength(octets, at)
    text += String.fromCodePoint(length === 0 ? REPLACEMENT : codePoint(octets, at, length))
    at += Math.max(length, 1)
  }
  return text
}

/** Octets of the sequence at `at`, 0 if none begins there or it is cut short, over-long or no character. */
function sequenceLength(octets: Uint8Array, at: number): number {
  const first = octets[at] as number
  if (first < 0x80) return 1
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 ? 4 : 0
  if (length === 0 || first > 0xf4 || at + length > octets.length) return 0
  for (let i = 1; i < length; i++) if (((octets[at + i] as number) & 0xc0) !== 0x80) return 0
  const code = codePoint(octets, at, length)
  const least = [0, 0, 0x80, 0x800, 0x1_0000][length] as number
  return code < least || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : length
}

function codePoint(octets: Uint8Array, at: number, length: number): number {
  let code = (octets[at] as number) & (length === 1 ? 0x7f : 0xff >> (length + 1))
  for (let i = 1; i < length; i++) code = (code << 6) | ((octets[at + i] as number) & 0x3f)
  return code
}
