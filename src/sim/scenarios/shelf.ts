import type { Scenario } from '../lab/story.ts'
import { plainClose } from './plain-close.ts'

/** Where each scenario is taken from by whoever plays one and does not load them all. The first, which is shown unasked, is at hand. */
export const SHELF: ReadonlyMap<string, () => Promise<Scenario>> = new Map([
  ['plain-close', () => Promise.resolve(plainClose)],
  ['half-close', async () => (await import('./half-close.ts')).halfClose],
  ['simultaneous-close', async () => (await import('./simultaneous-close.ts')).simultaneousClose],
  ['simultaneous-open', async () => (await import('./simultaneous-open.ts')).simultaneousOpen],
  ['lost-final-ack', async () => (await import('./lost-final-ack.ts')).lostFinalAck],
  ['lost-fin', async () => (await import('./lost-fin.ts')).lostFin],
  ['rst-while-closing', async () => (await import('./rst-while-closing.ts')).rstWhileClosing],
  ['descriptor-leak', async () => (await import('./descriptor-leak.ts')).descriptorLeak],
  ['close-wait-30-days', async () => (await import('./close-wait-30-days.ts')).closeWait30Days],
  ['restart-server', async () => (await import('./restart-server.ts')).restartServer],
  ['reuseaddr-four-cases', async () => (await import('./reuseaddr-four-cases.ts')).reuseaddrFourCases],
  ['port-exhaustion', async () => (await import('./port-exhaustion.ts')).portExhaustion],
  ['old-duplicate', async () => (await import('./old-duplicate.ts')).oldDuplicateScenario],
  ['firewall-forgets', async () => (await import('./firewall-forgets.ts')).firewallForgets],
  ['process-actions', async () => (await import('./process-actions.ts')).processActions],
  ['bulk', async () => (await import('./bulk.ts')).bulk],
  ['bulk-with-loss', async () => (await import('./bulk-with-loss.ts')).bulkWithLoss],
])
