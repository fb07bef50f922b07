import { buildLadder, type Conversation, type Ladder, segmentTexts } from 'lastack/inspect'
import type { LabHost, Step } from 'lastack/sim'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatTime, plural } from '../ui/format.ts'
import type { LadderEvents } from './course.ts'
import type { Lab, Shown } from './lab-store.ts'
import { LadderDrawing } from './ladder-drawing.tsx'
import { usePacketClicks } from './use-packet-clicks.ts'

/** Which two hosts stand left and right; the user may choose others where there are more. */
type Lanes = readonly [left: number, right: number]

/** What a ladder is made of beside events. */
interface RunPart {
  readonly hosts: readonly { readonly host: LabHost }[]
  readonly story: readonly Step[]
}

/** Events that a ladder shows at most: of a longer run the latest. */
export const EVENTS_MOST = 4096
/** The same of a drawing that is kept: more than that no program shows. */
export const EVENTS_KEPT = 32_768
/** The same while they change faster than one can read. */
const EVENTS_FAST = 256

/** Hosts that stand at an end of a ladder: boxes on the way do not. */
export function endHosts(shown: RunPart): readonly { readonly index: number; readonly name: string }[] {
  return shown.hosts.flatMap(({ host }) => (host.kind === 'host' ? [host] : []))
}

/** The ladder between two of the hosts. */
export function ladderOf(shown: RunPart, lanes: Lanes, { events, part }: LadderEvents): Ladder {
  return buildLadder(events, {
    hosts: shown.hosts.map(({ host }) => host.name),
    lanes,
    part,
    remarks: shown.story.flatMap((line) =>
      line.kind === 'say' ? [{ eventIndex: line.eventIndex, text: line.text }] : [],
    ),
  })
}

/** What tells a conversation from others, in a ladder and in another part of the same. */
function nameOf({ ports, start }: Conversation): string {
  return `${ports.join(' – ')} from ${formatTime(start)}`
}

/** Only one conversation of a ladder, and what belongs to none; all of it when it has none of that name. */
function followed(ladder: Ladder, name: string): Ladder {
  const conversation = ladder.conversations.findIndex((one) => nameOf(one) === name)
  const only = ladder.conversations[conversation]
  if (only === undefined) return ladder
  const belongs = (one: { readonly conversation: number | undefined }): boolean =>
    one.conversation === undefined || one.conversation === conversation
  return {
    ...ladder,
    conversations: [only],
    flights: ladder.flights.filter(belongs).map((flight) => ({ ...flight, conversation: 0 })),
    marks: ladder.marks
      .filter(belongs)
      .map((mark) => (mark.conversation === undefined ? mark : { ...mark, conversation: 0 })),
  }
}

interface ConversationPickerProps {
  readonly ladder: Ladder
  /** Name of a conversation; empty: all. */
  readonly chosen: string
  readonly onChange: (name: string) => void
}

/** For worlds in which there is more than one connection. */
function ConversationPicker({ ladder, chosen, onChange }: ConversationPickerProps): VNode | null {
  if (ladder.conversations.length <= 1) return null
  const names = ladder.conversations.map(nameOf)
  return (
    <label class="field">
      <span>Follow</span>
      <select value={names.includes(chosen) ? chosen : ''} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all {names.length} connections</option>
        {names.map((name, index) => (
          <option key={`${index}`} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** No packet of a run has this number. */
const NO_PACKET = 0

/** Opens a packet by its number: what a click on its arrow does. */
function PacketPicker({ lab, ladder }: { readonly lab: Lab; readonly ladder: Ladder }): VNode | null {
  const packets = new Map(ladder.flights.map((flight) => [flight.segment.packet, flight]))
  packets.delete(NO_PACKET)
  if (packets.size === 0) return null
  const listed = [...packets].slice(-PACKETS_LISTED)
  const open = lab.packet.value?.number ?? NO_PACKET
  return (
    <label class="field">
      <span>Look into</span>
      <select
        value={listed.some(([number]) => number === open) ? open : NO_PACKET}
        onChange={(event) => {
          const number = Number(event.currentTarget.value)
          if (number === NO_PACKET) lab.closePacket()
          else lab.openPacket(number)
        }}
      >
        <option value={NO_PACKET}>a packet</option>
        {listed.map(([number, flight]) => (
          <option key={number} value={number}>
            {number}: {segmentTexts(flight)[1]}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Packets in the list: the latest. */
const PACKETS_LISTED = 200

interface LanePickerProps {
  readonly shown: Shown
  readonly lanes: Lanes
  readonly onChange: (lanes: Lanes) => void
}

/** For worlds of three hosts and more. */
function LanePicker({ shown, lanes, onChange }: LanePickerProps): VNode | null {
  const hosts = endHosts(shown)
  if (hosts.length <= 2) return null
  const picker = (lane: 0 | 1, label: string): VNode => (
    <label class="field">
      <span>{label}</span>
      <select
        value={lanes[lane]}
        onChange={(event) => {
          const index = Number(event.currentTarget.value)
          onChange(lane === 0 ? [index, lanes[1]] : [lanes[0], index])
        }}
      >
        {hosts
          .filter(({ index }) => index !== lanes[lane === 0 ? 1 : 0])
          .map(({ index, name }) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
      </select>
    </label>
  )
  return (
    <>
      {picker(0, 'Left')}
      {picker(1, 'Right')}
    </>
  )
}

/** What flew between two hosts, and what happened on each: drawn as the run goes on, the newest always in sight. */
export function LadderView({ lab, shown }: { readonly lab: Lab; readonly shown: Shown }): VNode {
  const frame = useRef<HTMLElement>(null)
  usePacketClicks(frame, lab)
  const hosts = endHosts(shown)
  const [chosen, choose] = useState<Lanes | null>(null)
  const known = (index: number): boolean => hosts.some((host) => host.index === index)
  const lanes: Lanes = chosen?.every(known) === true ? chosen : [hosts[0]?.index ?? 0, hosts.at(-1)?.index ?? 1]
  const isFast = lab.isFast.value
  const { course, events } = shown
  const latest = useMemo(() => course.upTo(events, isFast ? EVENTS_FAST : EVENTS_MOST), [shown, isFast])
  const whole = useMemo(() => ladderOf(shown, lanes, latest), [shown, latest, lanes[0], lanes[1]])
  const [conversation, follow] = useState('')
  const ladder = useMemo(() => followed(whole, conversation), [whole, conversation])
  useEffect(() => {
    const make = (): Ladder => followed(ladderOf(shown, lanes, course.upTo(events, EVENTS_KEPT)), conversation)
    lab.drawn = () => [{ name: shown.personality, ladder: make() }]
  }, [lab, shown, conversation, lanes[0], lanes[1]])
  return (
    <section class="panel ladder-panel" aria-label="Ladder">
      <header class="ladder-head">
        <h2>{ladder.hosts[0]}</h2>
        <div class="lane-picker">
          <LanePicker shown={shown} lanes={lanes} onChange={choose} />
          {!isFast && <PacketPicker lab={lab} ladder={ladder} />}
          <ConversationPicker ladder={whole} chosen={conversation} onChange={follow} />
        </div>
        <h2>{ladder.hosts[1]}</h2>
      </header>
      <LadderDrawing
        frame={frame}
        ladders={[ladder]}
        raw={lab.raw.value}
        chosen={lab.packet.value?.number ?? null}
        follows={true}
        isFast={isFast}
        before={
          latest.part.start > 0 &&
          !isFast && (
            <p class="ladder-before quiet">{plural(latest.part.start, 'event')} before this: slide back to see them.</p>
          )
        }
      >
        {events === 0 && <p class="nothing">Nothing has happened yet. Step, or play.</p>}
      </LadderDrawing>
    </section>
  )
}
