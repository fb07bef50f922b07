import { SendFlag } from '../../tcp/index.ts'
import { Msg, Part } from '../constants.ts'

/** MSG_* as the machine knows them. */
export function sendFlags(flags: number): number {
  return (
    ((flags & Msg.OOB) !== 0 ? SendFlag.URGENT : 0) |
    ((flags & Msg.MORE) !== 0 ? SendFlag.MORE : 0) |
    ((flags & Msg.EOR) !== 0 ? SendFlag.END_OF_RECORD : 0) |
    ((flags & Part.GOES_ON) !== 0 ? SendFlag.GOES_ON : 0)
  )
}
