import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import { octetText } from './octet-text.ts'
import type { OctetsOption } from './option.ts'

/** A clock and flags, a number each. */
const LENGTH = 8
/** Deadlines, and reports of errors. */
const FLAGS = 3

/**
 * SO_TXTIME: messages may say when they leave, by which clock. It is kept and told, and does nothing: a stream's octets leave when they
 * may.
 *
 *     another length than 8 | EINVAL
 *     flags but 1 and 2     | EINVAL
 */
export const soTxTime: OctetsOption = {
  name: 'SO_TXTIME',
  level: Level.SOL_SOCKET,
  number: So.TXTIME,
  length: LENGTH,
  setOctets(socket, octets) {
    if (octets.length !== LENGTH) return -Errno.EINVAL
    const view = new DataView(octets.buffer, octets.byteOffset, LENGTH)
    const [clock, flags] = [view.getInt32(0, true), view.getInt32(4, true)]
    if ((flags & ~FLAGS) !== 0) return -Errno.EINVAL
    const { options } = socket
    options.kept = new Map([...options.kept, [`${this.name} clock`, clock], [`${this.name} flags`, flags]])
    return 0
  },
  get({ options: { kept } }) {
    const octets = new Uint8Array(LENGTH)
    const view = new DataView(octets.buffer)
    view.setInt32(0, kept.get(`${this.name} clock`) ?? 0, true)
    view.setInt32(4, kept.get(`${this.name} flags`) ?? 0, true)
    return octetText(octets)
  },
}
