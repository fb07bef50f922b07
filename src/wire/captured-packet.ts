/** What readers of capture files give. */
import type { Micros } from '../base/index.ts'

/** One packet of a capture file. */
export interface CapturedPacket {
  /** Index into `Capture.interfaces`. */
  readonly interface: number
  /** Microseconds since 1970, finer fractions cut off; 0 where the file has no time. */
  readonly timeUs: Micros
  /** The file does not say when it was captured. */
  readonly isTimeless?: true
  /** What was captured: a view into the file's octets. */
  readonly data: Uint8Array
  /** Octets that were on the wire; more than `data` has when the capture cut packets short. */
  readonly originalLength: number
  /** One of `LinkType`, or another: what `data` begins with. */
  readonly linkType: number
  readonly direction?: 'in' | 'out'
  readonly comment?: string
}

/** An interface of a capture file. */
export interface CaptureInterface {
  /** Empty where the file has none. */
  readonly name: string
  readonly linkType: number
}

/**
 * A capture file being read. Iterate over it once; what is whole is given, and when the iteration ends, `problem` says in one
 * line what was wrong with the rest, if anything was.
 */
export interface Capture extends Iterable<CapturedPacket> {
  readonly format: 'pcap' | 'pcapng' | 'unknown'
  /** Those met so far. */
  readonly interfaces: readonly CaptureInterface[]
  readonly problem: string | undefined
}

/** A reader that is handed a file piece by piece. */
export interface WindowReader extends Capture {
  /** Octets of the last piece that belong to what was whole. */
  readonly consumed: number
  /**
   * The packets that are whole in these octets.
   * @param base where in the file they begin, @param isLast nothing comes behind them: what is not whole is a problem
   */
  read(bytes: Uint8Array, base: number, isLast: boolean): Iterable<CapturedPacket>
}
