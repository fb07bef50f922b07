/** Whether data are octets: a program without types may hand over something else, and one of another realm has arrays of its own. */
export function isOctets(data: unknown): data is Uint8Array {
  return data instanceof Uint8Array || (ArrayBuffer.isView(data) && (data as Uint8Array).BYTES_PER_ELEMENT === 1)
}

/** How many there are, for whoever tells of a call; 0: they are none. */
export function octetsOf(data: unknown): number {
  return isOctets(data) ? data.length : 0
}
