/** Linux's MIB names (`nstat`, `netstat -s`) for what the machine counts: `Tcp:` first, then `TcpExt:`. */
export const COUNTER_NAMES = [
  'ActiveOpens',
  'PassiveOpens',
  'AttemptFails',
  'EstabResets',
  'InSegs',
  'OutSegs',
  'RetransSegs',
  'InErrs',
  'OutRsts',
  'InCsumErrors',
  'TW',
  'TWRecycled',
  'TWKilled',
  'PAWSActive',
  'PAWSEstab',
  'PAWSTimewait',
  'DelayedACKs',
  'ListenOverflows',
  'ListenDrops',
  'TCPPureAcks',
  'TCPLossFailures',
  'TCPRenoRecovery',
  'TCPFastRetrans',
  'TCPTimeouts',
  'TCPAbortOnData',
  'TCPAbortOnClose',
  'TCPAbortOnMemory',
  'TCPAbortOnTimeout',
  'TCPAbortOnLinger',
  'TCPAbortFailed',
  'TCPTimeWaitOverflow',
  'TCPReqQFullDrop',
  'TCPDeferAcceptDrop',
  'TCPChallengeACK',
  'TCPSYNChallenge',
  'TCPACKSkippedChallenge',
  'TCPACKSkippedSeq',
  'TCPACKSkippedPAWS',
  'TCPFromZeroWindowAdv',
  'TCPToZeroWindowAdv',
  'TCPWantZeroWindowAdv',
  'TCPSynRetrans',
  'TCPOrigDataSent',
  'TCPKeepAlive',
  'TCPOFOQueue',
  'TCPOFODrop',
  'TCPRcvCollapsed',
  'TCPBacklogDrop',
] as const
/** One of them. */
export type CounterName = (typeof COUNTER_NAMES)[number]

/** One count per MIB name, from zero. */
export type TcpCounters = Record<CounterName, number>

/** All counters at zero. */
export function newCounters(): TcpCounters {
  const counters = {} as TcpCounters
  for (const name of COUNTER_NAMES) counters[name] = 0
  return counters
}
