import { type Flight, type Ladder, markText, segmentTexts } from 'lastack/inspect'
import { formatTime } from '../ui/format.ts'

function flightSentence(ladder: Ladder, flight: Flight, end: 'departure' | 'arrival'): string {
  const from = ladder.hosts[flight.from]
  const to = ladder.hosts[flight.from === 0 ? 1 : 0]
  const what = segmentTexts(flight)[0] ?? ''
  if (end === 'arrival') return `${what} from ${from} arrives at ${to}`
  const faults = flight.faults.length === 0 ? '' : `: ${flight.faults.join(', ')}`
  if (flight.fate === 'lost') return `${from} sends ${what} to ${to}; it is lost${faults}`
  return `${from} sends ${what} to ${to}${flight.fate === 'in-flight' ? '; it is under way' : ''}`
}

/** What a ladder shows, one sentence for each thing that happened, in order. */
export function ladderSentences(ladder: Ladder): readonly string[] {
  const sentences: { readonly order: number; readonly text: string }[] = []
  for (const flight of ladder.flights) {
    for (const end of ['departure', 'arrival'] as const) {
      const moment = flight[end]
      if (moment === undefined) continue
      const text = `${formatTime(moment.time)}: ${flightSentence(ladder, flight, end)}`
      sentences.push({ order: moment.order, text })
    }
  }
  for (const mark of ladder.marks) {
    if (mark.kind === 'timer' && mark.action !== 'fired') continue
    const where = mark.kind === 'remark' ? '' : `${ladder.hosts[mark.lane]}: `
    sentences.push({ order: mark.order, text: `${formatTime(mark.time)}: ${where}${markText(mark)}` })
  }
  return sentences.sort((a, b) => a.order - b.order).map(({ text }) => text)
}
