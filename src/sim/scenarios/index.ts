import type { Scenario } from '../lab/story.ts'
import { bulk } from './bulk.ts'
import { bulkWithLoss } from './bulk-with-loss.ts'
import { closeWait30Days } from './close-wait-30-days.ts'
import { descriptorLeak } from './descriptor-leak.ts'
import { firewallForgets } from './firewall-forgets.ts'
import { halfClose } from './half-close.ts'
import { lostFin } from './lost-fin.ts'
import { lostFinalAck } from './lost-final-ack.ts'
import { oldDuplicateScenario } from './old-duplicate.ts'
import { plainClose } from './plain-close.ts'
import { portExhaustion } from './port-exhaustion.ts'
import { processActions } from './process-actions.ts'
import { restartServer } from './restart-server.ts'
import { reuseaddrFourCases } from './reuseaddr-four-cases.ts'
import { rstWhileClosing } from './rst-while-closing.ts'
import { simultaneousClose } from './simultaneous-close.ts'
import { simultaneousOpen } from './simultaneous-open.ts'

/** Every scenario, in the order in which one would show them. */
export const SCENARIOS: readonly Scenario[] = [
  plainClose,
  halfClose,
  simultaneousClose,
  simultaneousOpen,
  lostFinalAck,
  lostFin,
  rstWhileClosing,
  descriptorLeak,
  closeWait30Days,
  restartServer,
  reuseaddrFourCases,
  portExhaustion,
  oldDuplicateScenario,
  firewallForgets,
  processActions,
  bulk,
  bulkWithLoss,
]
