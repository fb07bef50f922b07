import type { Claim } from '../lab/claim.ts'
import { closeWaitClientCrash } from './close-wait-client-crash.ts'
import { closeWaitClientStuck } from './close-wait-client-stuck.ts'
import { closeWaitDownloadCrash } from './close-wait-download-crash.ts'
import { closeWaitInterval } from './close-wait-interval.ts'
import { closeWaitIsPeer } from './close-wait-is-peer.ts'
import { closeWaitKillOne } from './close-wait-kill-one.ts'
import { closeWaitNetwork } from './close-wait-network.ts'
import { closeWaitNoOwnerIsKernel } from './close-wait-no-owner-is-kernel.ts'
import { closeWaitNotTunable } from './close-wait-not-tunable.ts'
import { closeWaitRestartClient } from './close-wait-restart-client.ts'
import { closeWaitRestartServer } from './close-wait-restart-server.ts'
import { closeWaitTimesOut } from './close-wait-times-out.ts'
import { finTimeoutIs2msl } from './fin-timeout-is-2msl.ts'
import { finTimeoutRaise } from './fin-timeout-raise.ts'
import { fourPackets } from './four-packets.ts'
import { keepaliveCures } from './keepalive-cures.ts'
import { lingerZero } from './linger-zero.ts'
import { mslFourMinutes } from './msl-four-minutes.ts'
import { reuseaddrFixesRestart } from './reuseaddr-fixes-restart.ts'
import { reuseaddrSteals } from './reuseaddr-steals.ts'
import { rstAfterFin } from './rst-after-fin.ts'
import { timeWaitClientHarmless } from './time-wait-client-harmless.ts'
import { timeWaitFirstFin } from './time-wait-first-fin.ts'
import { timeWaitInitD } from './time-wait-init-d.ts'
import { timeWaitLastAckRst } from './time-wait-last-ack-rst.ts'
import { timeWaitLostAck } from './time-wait-lost-ack.ts'
import { timeWaitOldDuplicate } from './time-wait-old-duplicate.ts'
import { udpNeedsNone } from './udp-needs-none.ts'

/** Every claim, in the order of docs/facts.md. */
export const CLAIMS: readonly Claim[] = [
  closeWaitIsPeer,
  closeWaitClientCrash,
  closeWaitNetwork,
  closeWaitClientStuck,
  closeWaitDownloadCrash,
  closeWaitTimesOut,
  closeWaitRestartClient,
  closeWaitRestartServer,
  closeWaitKillOne,
  closeWaitNoOwnerIsKernel,
  closeWaitNotTunable,
  finTimeoutIs2msl,
  finTimeoutRaise,
  mslFourMinutes,
  closeWaitInterval,
  timeWaitFirstFin,
  fourPackets,
  timeWaitLostAck,
  timeWaitOldDuplicate,
  timeWaitLastAckRst,
  timeWaitInitD,
  timeWaitClientHarmless,
  reuseaddrFixesRestart,
  reuseaddrSteals,
  lingerZero,
  rstAfterFin,
  keepaliveCures,
  udpNeedsNone,
]
