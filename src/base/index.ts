/**
 * base: what every other room stands on: sequence arithmetic, time, timers, hashing, random numbers, errno, checksums.
 * It knows no packet formats, no sockets and no protocol.
 * It reads no clock and draws no randomness of its own; time and seeds are handed in.
 */
export { AssertionError, assert } from './assert.ts'
export { accelerated, foldChecksum, sumOctets } from './checksum.ts'
export { counted, grouped } from './count-text.ts'
export { entryOf } from './entry.ts'
export { Errno, type ErrnoName, type ErrnoSystem, errnoIn, errnoName, errnoNumbers, errnoText } from './errno.ts'
export { Md5 } from './md5.ts'
export { Prng } from './prng.ts'
export { AREA_LENGTH, type Scratch, scratch } from './scratch.ts'
export {
  type Seq,
  seqAdd,
  seqDiff,
  seqGeq,
  seqGt,
  seqInWindow,
  seqLeq,
  seqLt,
  seqMax,
  seqMin,
} from './seq.ts'
export { halfSipHash24, keyedHash, sipHash24 } from './siphash.ts'
export { didYouMean, nearest, orList } from './suggest.ts'
export { formatDuration, MINUTE, type Micros, MS, SECOND, wholeMicros } from './time.ts'
export { TupleTable, tupleHash } from './tuple-table.ts'
export { TimingWheel, WheelTimer } from './wheel.ts'
