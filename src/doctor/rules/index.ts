import type { Rule } from '../context.ts'
import { acceptQueue } from './accept-queue.ts'
import { bindLeftovers } from './bind-leftovers.ts'
import { boundNotListening } from './bound-not-listening.ts'
import { closeWaitClient } from './close-wait-client.ts'
import { closeWaitServer } from './close-wait-server.ts'
import { closeWaitStuck } from './close-wait-stuck.ts'
import { closingStuck, finWait1Stuck, lastAckStuck } from './closing-stuck.ts'
import { deadDescriptors } from './dead-descriptors.ts'
import { descriptorLimit } from './descriptor-limit.ts'
import { finWait2Held } from './fin-wait-2-held.ts'
import { halfOpen } from './half-open.ts'
import { idleNoKeepalive } from './idle-no-keepalive.ts'
import { inheritedListener } from './inherited-listener.ts'
import { kernelOwned } from './kernel-owned.ts'
import { notAccepted } from './not-accepted.ts'
import { orphans } from './orphans.ts'
import { portRangeConflict } from './port-range-conflict.ts'
import { portsUsedUp } from './ports-used-up.ts'
import { settingAbortOnOverflow } from './setting-abort-on-overflow.ts'
import { settingFinTimeout } from './setting-fin-timeout.ts'
import { settingMaxTwBuckets } from './setting-max-tw-buckets.ts'
import { settingSomaxconn } from './setting-somaxconn.ts'
import { settingTwReuse } from './setting-tw-reuse.ts'
import { synBacklog } from './syn-backlog.ts'
import { tcpMemory } from './tcp-memory.ts'

/** Every rule there is. */
export const RULES: readonly Rule[] = [
  closeWaitServer,
  closeWaitClient,
  closeWaitStuck,
  notAccepted,
  deadDescriptors,
  descriptorLimit,
  finWait2Held,
  orphans,
  lastAckStuck,
  finWait1Stuck,
  closingStuck,
  halfOpen,
  idleNoKeepalive,
  portsUsedUp,
  portRangeConflict,
  synBacklog,
  acceptQueue,
  bindLeftovers,
  boundNotListening,
  inheritedListener,
  tcpMemory,
  kernelOwned,
  settingFinTimeout,
  settingTwReuse,
  settingAbortOnOverflow,
  settingSomaxconn,
  settingMaxTwBuckets,
]
