import type { Seq } from '../base/index.ts'
import { BareHost, type BareHostOptions } from '../stack/index.ts'
import type { Address } from '../wire/index.ts'

/** A stack whose initial sequence numbers can be dictated: a wrap of sequence numbers must not have to be waited for. */
export class WorldStack extends BareHost {
  private readonly forced: Seq | null

  constructor(options: BareHostOptions, forced: Seq | null) {
    super(options)
    this.forced = forced
  }

  override initialSequence(local: Address, localPort: number, remote: Address, remotePort: number): Seq {
    const chosen = super.initialSequence(local, localPort, remote, remotePort)
    return this.forced ?? chosen
  }
}
