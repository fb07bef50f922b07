/** Octets as an option's answer: each a character. */
export function octetText(octets: Uint8Array): string {
  return String.fromCharCode(...octets)
}
