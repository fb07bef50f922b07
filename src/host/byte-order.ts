/** Whether this machine keeps the least significant octet first: netlink and /proc speak in the machine's own order. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
