import { BSD_BIND, type PersonalityOverrides, WINDOWS_BIND } from '../../stack/index.ts'
import type { WorldLaws } from '../laws.ts'
import type { MutationInfo } from './types.ts'

/** A way to break things, in force on every host of a run. */
export interface Mutation extends MutationInfo {
  /** What changes in the hosts' personality: laws of TCP, rules of bind(), values. */
  readonly personality?: PersonalityOverrides
  /** What changes around the machine. */
  readonly world?: Partial<WorldLaws>
}

/** Every mutation; a claim names the one that must flip it. */
export const MUTATIONS: readonly Mutation[] = [
  {
    id: 'closer-in-close-wait',
    title: 'the side that closes first enters CLOSE-WAIT instead of FIN-WAIT-1',
    personality: { laws: { closerEntersFinWait: false } },
  },
  {
    id: 'returning-host-resets',
    title: 'a host that comes back resets every connection it had before',
    world: { returningHostIsSilent: false },
  },
  {
    id: 'network-says-fin',
    title: 'a network that fails sends both ends a FIN',
    world: { networkFailsInSilence: false },
  },
  {
    id: 'close-wait-timer',
    title: 'CLOSE-WAIT ends by itself after 2·MSL',
    personality: { laws: { closeWaitHasNoTimer: false } },
  },
  {
    id: 'unread-data-fin',
    title: 'close() with unread data sends FIN, as if everything had been read',
    personality: { laws: { unreadDataResets: false } },
  },
  {
    id: 'exit-keeps-sockets',
    title: 'a process that ends leaves its sockets behind',
    world: { exitClosesDescriptors: false },
  },
  {
    id: 'kill-takes-one',
    title: 'fuser -k ends one connection and spares the process',
    world: { killTakesWholeProcess: false },
  },
  {
    id: 'owners-of-everything',
    title: 'every socket is shown with an owner, whoever looks and whether or not a process holds it',
    world: { ownersHaveDescriptors: false },
  },
  {
    id: 'fin-timeout-is-time-wait',
    title: 'tcp_fin_timeout is the length of TIME-WAIT',
    personality: { laws: { finTimeoutIsNotTimeWait: false } },
  },
  {
    id: 'orphan-time-straight',
    title: 'an orphan stays in FIN-WAIT-2 for exactly tcp_fin_timeout, above 60 s too',
    personality: { tcp: { orphanFinWait2Us: (configured) => configured } },
  },
  {
    id: 'no-time-wait',
    title: 'the active closer goes straight to CLOSED',
    personality: { laws: { timeWaitExists: false } },
  },
  {
    id: 'fin-never-rides',
    title: 'the ACK of a FIN always leaves alone and at once',
    personality: { laws: { finRidesWithAck: false } },
  },
  {
    id: 'time-wait-deaf',
    title: 'TIME-WAIT does not answer a repeated FIN',
    personality: { laws: { timeWaitAnswersFin: false } },
  },
  {
    id: 'last-ack-resets-syn',
    title: 'LAST-ACK answers a SYN with RST',
    personality: { laws: { lastAckChallengesSyn: false } },
  },
  {
    id: 'network-restart-flushes',
    title: 'restarting the network empties the TIME-WAIT table',
    world: { networkRestartKeepsTimeWait: false },
  },
  {
    id: 'bind-by-new-socket',
    title: 'bind() asks only whether the new socket set SO_REUSEADDR',
    personality: { bind: BSD_BIND },
  },
  {
    id: 'bind-steals',
    title: 'SO_REUSEADDR lets two live sockets have one port',
    personality: { bind: WINDOWS_BIND },
  },
  {
    id: 'linger-zero-closes',
    title: 'SO_LINGER {1, 0} closes as any close() does',
    personality: { laws: { lingerZeroResets: false } },
  },
  {
    id: 'reset-waits',
    title: 'a RST does not end a closing connection',
    personality: { laws: { resetEndsAtOnce: false } },
  },
  {
    id: 'dead-connection-closes-descriptor',
    title: 'a connection that ends by an error closes its descriptor itself',
    world: { endedConnectionKeepsDescriptor: false },
  },
  {
    id: 'no-retransmission',
    title: 'TCP sends nothing twice',
    personality: { laws: { retransmits: false } },
  },
]

/** The mutation of that id. */
export function findMutation(id: string): Mutation | undefined {
  return MUTATIONS.find((mutation) => mutation.id === id)
}
