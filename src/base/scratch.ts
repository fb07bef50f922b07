import { type WasmMemory, webAssembly } from './webassembly.ts'

/** Octets of each of the two areas: the largest IP packet and a little over. */
export const AREA_LENGTH: number = 65_536 + 128

// Room before each area for what precedes an IP header on a device (Ethernet 14, virtio-net 10 or 12 octets), and a
// multiple of 16, so that the areas themselves begin on a 16-byte boundary.
const HEADROOM = 64
const PAGE = 65_536
const PAGES = Math.ceil((2 * (HEADROOM + AREA_LENGTH)) / PAGE)

/** Two packet-sized areas, one memory per realm; see `scratch`. */
export interface Scratch {
  /** The whole memory. It never grows, so this view and its buffer stay good for ever. */
  readonly bytes: Uint8Array
  /** The same memory as int32 words in the machine's own byte order. */
  readonly words: Int32Array
  /** Where the area for an arriving packet starts: an IP header put there, and what follows it, is 4-byte aligned. */
  readonly IN: number
  /** Where the area for a leaving packet starts; likewise aligned. */
  readonly OUT: number
  /** `AREA_LENGTH`, for convenience. */
  readonly AREA_LENGTH: number
}

/** The WebAssembly memory behind `scratch`; undefined where the engine has none to give. Checksums run in it. */
export const scratchMemory: WasmMemory | undefined = makeMemory()

/**
 * The packet being read and the packet being written, shared by every stack of the realm: whoever puts something there
 * is done with it before control returns to its caller. Up to 64 octets before each area are free for a link's header.
 */
export const scratch: Scratch = makeScratch(scratchMemory?.buffer ?? new ArrayBuffer(PAGES * PAGE))

function makeMemory(): WasmMemory | undefined {
  if (webAssembly === undefined) return undefined
  try {
    return new webAssembly.Memory({ initial: PAGES, maximum: PAGES })
  } catch {
    // Out of address space, or forbidden by the embedder: an ordinary buffer serves as well, only slower.
    return undefined
  }
}

function makeScratch(buffer: ArrayBuffer): Scratch {
  return {
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    IN: HEADROOM,
    OUT: HEADROOM + AREA_LENGTH + HEADROOM,
    AREA_LENGTH,
  }
}
