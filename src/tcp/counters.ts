/**
 * What the machine counts, under Linux's MIB names (`nstat`, `netstat -s`): `Tcp:` first, then `TcpExt:`.
 * A class, not a record filled by name: objects that grow by computed names become hash tables, and these are touched by every
 * segment.
 */
export class TcpCounters {
  ActiveOpens = 0
  PassiveOpens = 0
  AttemptFails = 0
  EstabResets = 0
  InSegs = 0
  OutSegs = 0
  RetransSegs = 0
  InErrs = 0
  OutRsts = 0
  InCsumErrors = 0
  TW = 0
  TWRecycled = 0
  TWKilled = 0
  PAWSEstab = 0
  PAWSTimewait = 0
  DelayedACKs = 0
  ListenOverflows = 0
  ListenDrops = 0
  TCPPureAcks = 0
  TCPRenoRecovery = 0
  TCPFastRetrans = 0
  TCPTimeouts = 0
  TCPAbortOnData = 0
  TCPAbortOnClose = 0
  TCPAbortOnMemory = 0
  TCPAbortOnTimeout = 0
  TCPAbortOnLinger = 0
  TCPTimeWaitOverflow = 0
  TCPReqQFullDrop = 0
  TCPChallengeACK = 0
  TCPSYNChallenge = 0
  TCPACKSkippedChallenge = 0
  TCPACKSkippedSeq = 0
  TCPACKSkippedPAWS = 0
  TCPFromZeroWindowAdv = 0
  TCPToZeroWindowAdv = 0
  TCPWantZeroWindowAdv = 0
  TCPSynRetrans = 0
  TCPOrigDataSent = 0
  TCPKeepAlive = 0
  TCPOFOQueue = 0
}
