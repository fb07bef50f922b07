/**
 * sim: whole worlds in virtual time: hosts with real stacks and programs, links with faults, firewalls, NATs, captures; and the
 * lab, which plays scenarios and judges claims in such worlds. One seed decides everything that is left to chance.
 * It has no TCP of its own, reads no clock and touches no device; drawing is for whoever plays the lab.
 */

export type { BareWorld, LinkOptions, RunLimits, WorldOptions } from './bare-world.ts'
export type { SocketOptionName } from './call-words.ts'
export { WorldError } from './errors.ts'
export { PacketRuleError, type PacketSelector, parsePacketRule } from './faults/language.ts'
export type { PacketInfo } from './faults/packet-info.ts'
export type { FaultRule, PacketChoice, Verdict } from './faults/rules.ts'
export type { BareHostOptions, RunOptions, SimHost } from './host.ts'
export { fetchClaims, fetchScenario } from './lab/fetch.ts'
export { LabError } from './lab/lab-error.ts'
export { listClaims, listMutations, listScenarios, runClaim, runScenario, startScenario } from './lab/play.ts'
export type {
  CaseInfo,
  CheckStep,
  ClaimCaseResult,
  ClaimResult,
  ClaimVerdict,
  FactStep,
  LabConnection,
  LabHost,
  LabResult,
  LabRun,
  MutationInfo,
  Playable,
  PlayableClaim,
  RunOptions as LabOptions,
  RunVerdict,
  SayStep,
  ScenarioInfo,
  Step,
  TableStep,
} from './lab/types.ts'
export type { WorldLaws } from './laws.ts'
export type { Box } from './network/box.ts'
export type { Farewell, Firewall, FirewallOptions, Refusal } from './network/firewall.ts'
export type { LinkEnd, LinkSettings, WorldLink } from './network/link.ts'
export type { Nat, NatOptions } from './network/nat.ts'
export type { Packet, Station } from './network/packet.ts'
export type { Pause, Program, ProgramBody, Received, ReceiveOptions, Running } from './program.ts'
export { ROOT, type Viewer } from './rows.ts'
export { ladder, netstat, ss } from './tables.ts'
export { type HostOptions, World } from './world.ts'
