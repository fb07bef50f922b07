import { columnCount } from '../format/text.ts'
import type { FlightRow } from './rows.ts'
import type { Strokes } from './strokes.ts'
import { flagsText, type SegmentTextOptions, segmentTexts } from './words.ts'

/** What stands between the lifelines in one row: the text is exactly as wide as the area. */
export interface Arrow {
  readonly text: string
  /** Whether the arrow begins at its sender's lifeline. */
  readonly leaves: boolean
  /** Words that had no room beside the arrow. */
  readonly below: string
}

/** How arrows are drawn. */
export interface ArrowStyle extends SegmentTextOptions {
  readonly width: number
  readonly strokes: Strokes
  /** Written before the segment: the port that tells one conversation from others. */
  readonly prefix: string
}

/** Draws the arrow of a row. */
export function drawArrow(row: FlightRow, style: ArrowStyle): Arrow {
  const { flight } = row
  const pen = new Pen(flight.from === 0, flight.isInferred === true, style)
  const faults = flight.faults.join(', ')
  const texts = segmentTexts(flight, style).map((text) => style.prefix + text)
  if (row.part === 'arrival')
    return pen.arrives(row.label, [`${style.prefix}${flagsText(flight.segment.flags)}`], faults)
  if (flight.fate === 'lost') return pen.isLost(texts, faults === '' ? 'lost' : faults)
  if (flight.fate === 'in-flight') return pen.departs(flight.isInferred === true ? 'no answer' : 'not arrived', texts)
  if (row.part === 'departure') return pen.departs(row.label, texts)
  if (flight.departure === undefined && faults !== '') return pen.arrives(faults, texts, '')
  return pen.crosses(texts, faults)
}

/** The least room that an arrow takes beside its text: two dashes, a blank, the text, a blank, a dash, the head. */
const SHAFT = 6

/** What a text is left with, at least, when words beside the arrow are long. */
const TEXT_MIN = 3

/** Draws arrows of one direction. */
class Pen {
  readonly #isRightward: boolean
  readonly #dash: string
  readonly #style: ArrowStyle

  constructor(isRightward: boolean, isInferred: boolean, style: ArrowStyle) {
    this.#isRightward = isRightward
    this.#dash = isInferred ? style.strokes.inferred : style.strokes.dash
    this.#style = style
  }

  /** From one lifeline to the other. */
  crosses(texts: readonly string[], faults: string): Arrow {
    const { width } = this.#style
    const told = faults === '' ? texts : [...texts.map((text) => `${text} (${faults})`), ...texts]
    const text = longestFitting(told, width - SHAFT)
    return { text: this.#shaft(text, width - columnCount(text) - SHAFT + 1, this.#head), leaves: true, below: '' }
  }

  /** Away from the sender, to end in between. */
  departs(given: string, texts: readonly string[]): Arrow {
    const words = this.#cut(given)
    const text = longestFitting(texts, this.#style.width - SHAFT - 2 - columnCount(words))
    return { text: this.#fromSender(this.#beside(this.#shaft(text, 2, this.#head), words)), leaves: true, below: '' }
  }

  /** To the receiver, from in between. */
  arrives(given: string, texts: readonly string[], faults: string): Arrow {
    const { width } = this.#style
    const words = this.#cut(given)
    const told = faults === '' ? texts : [...texts.map((text) => `${text} (${faults})`), ...texts]
    const text = longestFitting(told, width - SHAFT - 2 - columnCount(words))
    const shaft = this.#shaft(text, 2, this.#head)
    const drawn = this.#isRightward ? `${words} ${shaft}` : `${shaft} ${words}`
    return { text: this.#toReceiver(drawn), leaves: false, below: '' }
  }

  /** The segment's own words matter more than the cause, which goes below when both do not fit. */
  isLost(texts: readonly string[], reason: string): Arrow {
    const room = this.#style.width - SHAFT - 1
    const beside = texts.slice(0, -1).find((text) => columnCount(text) + 1 + columnCount(reason) <= room)
    const shaft = this.#shaft(beside ?? longestFitting(texts, room), 2, this.#style.strokes.lost)
    const text = this.#fromSender(beside === undefined ? shaft : this.#beside(shaft, reason))
    return { text, leaves: true, below: beside === undefined ? reason : '' }
  }

  #cut(words: string): string {
    return words.slice(0, this.#style.width - SHAFT - 2 - TEXT_MIN)
  }

  get #head(): string {
    const { headLeft, headRight } = this.#style.strokes
    return this.#isRightward ? headRight : headLeft
  }

  /** The line from the sender's side to the tip, with the text in it. */
  #shaft(text: string, dashes: number, tip: string): string {
    const tail = this.#dash.repeat(2)
    const front = this.#dash.repeat(dashes)
    return this.#isRightward ? `${tail} ${text} ${front}${tip}` : `${tip}${front} ${text} ${tail}`
  }

  /** Words beyond the tip. */
  #beside(shaft: string, words: string): string {
    return this.#isRightward ? `${shaft} ${words}` : `${words} ${shaft}`
  }

  #fromSender(drawn: string): string {
    return this.#fill(drawn, this.#isRightward)
  }

  #toReceiver(drawn: string): string {
    return this.#fill(drawn, !this.#isRightward)
  }

  #fill(drawn: string, isAtLeft: boolean): string {
    const blanks = ' '.repeat(Math.max(0, this.#style.width - columnCount(drawn)))
    return isAtLeft ? drawn + blanks : blanks + drawn
  }
}

/** The first text that fits, else the last one cut short. */
function longestFitting(texts: readonly string[], width: number): string {
  const fitting = texts.find((text) => columnCount(text) <= width)
  return fitting ?? (texts.at(-1) as string).slice(0, Math.max(1, width))
}
