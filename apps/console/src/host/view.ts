import type { MoveMessage, TableFacts } from 'lastack/host'
import type { CharacterSpan, RowState, RowTimer, SearchProblem, StreamedRow } from 'lastack/inspect'
import type { HostQuery, Protocol } from './query.ts'

/** What happened to a row since the reading before. */
export type Change = 'new' | 'state' | 'queue'

/** A socket's fields, as at the time of the reading. */
export type SocketView = Omit<StreamedRow, 'timer'> & { readonly timer?: RowTimer }

/** One socket as the table shows it. */
export interface RowItem {
  readonly kind: 'row'
  /** Stays the same from reading to reading, through changes of state too. */
  readonly key: string
  readonly row: SocketView
  /** ms since 1970: when the row was first seen in its present state. */
  readonly since: number
  /** False: it was so at the first reading already, and may be older. */
  readonly sinceExact: boolean
  /** Its latest change, while it is fresh. */
  readonly change?: Change
  /** For a change of state: the state before. */
  readonly was?: RowState
  /** Of the chosen row: the states before this one, as far as the page has seen them. */
  readonly past?: readonly PastState[]
}

/** A state that a socket was in. */
export interface PastState {
  readonly state: RowState
  /** ms since 1970. */
  readonly since: number
  /** False: it was so at the first reading already, and may be older. */
  readonly sinceExact: boolean
}

/** The heading of rows gathered under one owner, state or peer. */
export interface GroupItem {
  readonly kind: 'group'
  readonly key: string
  readonly label: string
  readonly count: number
  readonly states: readonly StateCount[]
  /** Octets in the queues of all of them. */
  readonly recvQueue: number
  readonly sendQueue: number
  /** ms since 1970: when the one that is in its state for the longest came there. */
  readonly since: number
  /** False: it was so at the first reading already, and may be older. */
  readonly sinceExact: boolean
  readonly open: boolean
}

export interface StateCount {
  readonly state: RowState
  readonly count: number
}

export type ViewItem = RowItem | GroupItem

/** What stands around the table. */
export interface TableSummary {
  /** Rows that the query lets through. */
  readonly shown: number
  /** Groups, when rows are gathered. */
  readonly groups: number
  /** Rows in each state that pass every filter but that of states. */
  readonly states: readonly StateCount[]
  /** Rows of each family, whatever the filters. */
  readonly protocols: Readonly<Record<Protocol, number>>
  /** While states or words are asked for: the findings that have a socket which passes. `null`: all of them concern what is seen. */
  readonly findings: readonly string[] | null
  /** What is wrong with the search. The rows are then those that what stands before it asks for. */
  readonly problem: SearchProblem | null
}

/** A stretch of the table. */
export interface TableWindow {
  /** When the reading was taken that it shows, ms since 1970. */
  readonly takenAt: number
  /** Index of the first item. */
  readonly from: number
  readonly items: readonly ViewItem[]
  /** Items in the whole table: rows and headings. */
  readonly length: number
}

/** What may be typed next in a search. */
export interface Completions {
  /** The characters that a choice replaces. */
  readonly span: CharacterSpan
  readonly items: readonly Completion[]
  /** Anything may begin here, or nothing need: they are offered to who asks for them. */
  readonly isOpening: boolean
}

/** One of them. */
export interface Completion {
  readonly text: string
  /** What it asks for. */
  readonly meaning: string
}

/** Items of the table, from one index up to but not including the other. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** How the stream stands. */
export type FeedStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Nothing reads the stream. `reason` is a sentence. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** `retryAt`: ms since 1970 of the next attempt. */
  | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number }

/** What the page asks of the worker that holds the table. */
export type FeedRequest =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'query'; readonly query: HostQuery }
  /** The items in sight, from one index up to but not including the other. */
  | { readonly kind: 'window'; readonly from: number; readonly to: number }
  /** By its key, or by its cookie in decimal. */
  | { readonly kind: 'select'; readonly key: string | null }
  | { readonly kind: 'pause'; readonly paused: boolean }
  /** What may be typed at a place of a search; answered by completions with the same text. */
  | { readonly kind: 'complete'; readonly text: string; readonly caret: number }

/** What that worker tells the page. */
export type FeedReport =
  | { readonly kind: 'status'; readonly status: FeedStatus }
  | { readonly kind: 'failure'; readonly error: string | null }
  | { readonly kind: 'completions'; readonly text: string; readonly completions: Completions | null }
  | {
      readonly kind: 'table'
      readonly facts: TableFacts
      readonly window: TableWindow
      readonly summary: TableSummary
      /** What connections did since the reading before. */
      readonly moves: readonly MoveMessage[]
      /** The chosen row, wherever it stands; `null` when it is gone or none is chosen. */
      readonly selected: RowItem | null
    }
  /** Items before or after those that the page has of the same table, and which of all that it has then are still near. */
  | {
      readonly kind: 'more'
      readonly from: number
      readonly items: readonly ViewItem[]
      readonly near: Stretch
    }
