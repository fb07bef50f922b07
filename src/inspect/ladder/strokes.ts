/** The signs a ladder is drawn with; each is one column wide, in terminals that take ambiguous characters for wide too. */
export interface Strokes {
  readonly lifeline: string
  /** Where something leaves the left or the right lifeline. */
  readonly leavesLeft: string
  readonly leavesRight: string
  readonly dash: string
  /** In the place of a dash, for what nobody saw. */
  readonly inferred: string
  readonly headRight: string
  readonly headLeft: string
  readonly lost: string
  /** The lifelines while nothing happens. */
  readonly pause: string
}

/** Box drawing characters. */
export const UNICODE: Strokes = {
  lifeline: '│',
  leavesLeft: '├',
  leavesRight: '┤',
  dash: '─',
  inferred: '╌',
  headRight: '►',
  headLeft: '◄',
  lost: 'X',
  pause: '┊',
}

/** For terminals and files that have nothing else. */
export const ASCII: Strokes = {
  lifeline: '|',
  leavesLeft: '+',
  leavesRight: '+',
  dash: '-',
  inferred: '.',
  headRight: '>',
  headLeft: '<',
  lost: 'X',
  pause: ':',
}
