import { isForeseen, judgeBefore, judgeBehind, takeTimeoutBack } from './ack.ts'
import { OctetSender, type OctetSending } from './octet-sender.ts'
import { goBack } from './timeout.ts'
import { newRoom, transmitAgain } from './transmit.ts'

/** `policy.octetSending` of the BSDs. */
export const octetSending: OctetSending = {
  newSender: () => new OctetSender(octetSending),
  isForeseen,
  judgeBefore,
  takeTimeoutBack,
  judgeBehind,
  newRoom,
  transmitAgain,
  goBack,
}
