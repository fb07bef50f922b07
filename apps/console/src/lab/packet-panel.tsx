import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { CloseButton } from '../ui/close-button.tsx'
import type { Lab } from './lab-store.ts'
import { type PacketField, packetFields } from './packet-fields.ts'

/** Octets that are shown; of a full segment the rest is data. */
const OCTETS_SHOWN = 160
const PER_LINE = 16

/** What may be done to a packet on its way. */
const FATES: readonly {
  readonly label: string
  readonly meaning: string
  readonly words: (number: number) => string
}[] = [
  { label: 'Drop', meaning: 'It never arrives.', words: (number) => `drop ${number}` },
  { label: 'Delay 500 ms', meaning: 'Others may overtake it.', words: (number) => `delay ${number} 500` },
  { label: 'Duplicate', meaning: 'It arrives, and 20 ms later again.', words: (number) => `duplicate ${number} 20` },
  { label: 'Corrupt', meaning: 'One bit arrives turned over.', words: (number) => `corrupt ${number}` },
]

function Fates({ lab, number }: { readonly lab: Lab; readonly number: number }): VNode {
  return (
    <ul class="fates">
      {FATES.map(({ label, meaning, words }) => (
        <li key={label}>
          <button type="button" class="button" onClick={() => lab.actOnPacket(number, words(number))}>
            {label}
          </button>
          <span class="quiet">{meaning}</span>
        </li>
      ))}
    </ul>
  )
}

interface OctetsProps {
  readonly octets: Uint8Array
  readonly marked: PacketField | null
}

/** The octets in hexadecimal; those of the chosen field are marked. */
function Octets({ octets, marked }: OctetsProps): VNode {
  const shown = [...octets.subarray(0, OCTETS_SHOWN)]
  const lines = Array.from({ length: Math.ceil(shown.length / PER_LINE) }, (_, i) => i * PER_LINE)
  const isMarked = (at: number): boolean => marked !== null && at >= marked.start && at < marked.start + marked.length
  return (
    <div class="octets mono">
      {lines.map((start) => (
        <p key={start}>
          <span class="quiet">{start.toString(16).padStart(4, '0')}</span>
          {shown.slice(start, start + PER_LINE).map((octet, i) => (
            <span key={start + i} data-marked={isMarked(start + i)}>
              {octet.toString(16).padStart(2, '0')}
            </span>
          ))}
        </p>
      ))}
      {octets.length > OCTETS_SHOWN && <p class="quiet">and {octets.length - OCTETS_SHOWN} more</p>}
    </div>
  )
}

function Fields({ octets }: { readonly octets: Uint8Array }): VNode {
  const chosen = useSignal<PacketField | null>(null)
  return (
    <div class="packet-body">
      <ul class="packet-fields">
        {packetFields(octets).map((field) => (
          <li key={field.start}>
            <button
              type="button"
              aria-pressed={chosen.value?.start === field.start}
              onClick={() => {
                chosen.value = chosen.peek()?.start === field.start ? null : field
              }}
            >
              <span class="quiet">{field.layer}</span>
              <span>{field.name}</span>
              <span class="mono">{field.value}</span>
            </button>
          </li>
        ))}
      </ul>
      <Octets octets={octets} marked={chosen.value} />
    </div>
  )
}

/** One packet in full: what may be done to it, its fields and its octets. */
export function PacketPanel({ lab }: { readonly lab: Lab }): VNode | null {
  const packet = lab.packet.value
  if (packet === null) return null
  const { number, octets } = packet
  return (
    <section class="panel packet" aria-label="Packet">
      <header class="panel-head">
        <h2>Packet {number}</h2>
        {octets && <span class="quiet">{octets.length} octets</span>}
        <CloseButton label="Close the packet" onClick={lab.closePacket} />
      </header>
      {octets === undefined && <p class="nothing">Fetching its octets…</p>}
      {octets === null && <p class="nothing">This run has no such packet.</p>}
      {octets && <Fields octets={octets} />}
      {octets && <Fates lab={lab} number={number} />}
    </section>
  )
}
