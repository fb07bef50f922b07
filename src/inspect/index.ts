/**
 * The views of the one vocabulary: ss and netstat, the ladder, the state diagram, their colours.
 * Pure: it parses what a user typed, selects and prints rows and events that it is given.
 * It reads no sockets, no files and no clock: `host` and `stack` do, and the CLI and the console draw.
 */

export { type StateColour, stateColours } from './colours.ts'
export { buildDiagram } from './diagram/build.ts'
export { type StateDuration, stateDurations } from './diagram/durations.ts'
export type { Diagram, DiagramEdge, DiagramNode, EdgeLabel, Point } from './diagram/model.ts'
export { type DiagramPrintOptions, printDiagram } from './diagram/print.ts'
export { bracketed, formatEndpoint } from './format/address.ts'
export { type Paint, paint } from './format/paint.ts'
export { columnCount, formatTable, printable, type TableColumn, wrap } from './format/text.ts'
export { rowsFromStack } from './from-stack.ts'
export { buildLadder, type LadderOptions, type LadderPart } from './ladder/build.ts'
export { type EndMove, type EndReset, ladderFromStates, type SeenEnd } from './ladder/from-states.ts'
export type {
  CallMark,
  Conversation,
  FaultMark,
  Flight,
  FlightSegment,
  Ladder,
  Lane,
  Mark,
  Moment,
  NoteMark,
  RemarkMark,
  StateMark,
  TimerMark,
} from './ladder/model.ts'
export { type LadderPrintOptions, printLadder } from './ladder/print.ts'
export {
  type EnteredStates,
  type FlightRow,
  type GapRow,
  type LadderRow,
  layoutRows,
  type MarkRow,
} from './ladder/rows.ts'
export { flagsText, isGrave, markText, type SegmentTextOptions, segmentTexts } from './ladder/words.ts'
export type { RowNeeds } from './needs.ts'
export { parseNetstat } from './netstat/arguments.ts'
export { NETSTAT_HELP } from './netstat/options.ts'
export { type NetstatPrintOptions, netstatOwnersNotice, printNetstat } from './netstat/print.ts'
export type { NetstatQuery, StatisticsSelection } from './netstat/query.ts'
export { type Counters, printNetstatStatistics } from './netstat/statistics.ts'
export type { AgeOf, StreamedRow, StreamedTimer } from './row-stream/model.ts'
export { type RowBefore, type RowSink, RowStreamReader } from './row-stream/read.ts'
export { RowStreamWriter } from './row-stream/write.ts'
export { parseServices, type Services, WELL_KNOWN_SERVICES } from './services.ts'
export type {
  BbrInfo,
  Endpoint,
  MptcpInfo,
  NetId,
  RowSource,
  RowState,
  RowTimer,
  SocketFile,
  SocketMemory,
  SocketOwner,
  SocketRow,
  SubflowInfo,
  TcpInfo,
  UpperLayer,
} from './socket-row.ts'
export { parseSs, type SsArgumentOptions } from './ss/arguments.ts'
export { type Filter, formatFilter } from './ss/filter.ts'
export { matches, type PortRange } from './ss/filter-match.ts'
export { SS_HELP } from './ss/options.ts'
export { printSs, type SsPrintOptions, SsWriter, selectRows } from './ss/print.ts'
export type { SsPrinting, SsQuery } from './ss/query.ts'
export {
  parseSearch,
  SEARCH_STATES,
  SEARCH_WORDS,
  type Search,
  type SearchPlace,
  type SearchProblem,
  type SearchWord,
  searchPlace,
} from './ss/search.ts'
export { type StateMask, stateBit } from './ss/states.ts'
export { printSsSummary, type SocketSummary, summarizeRows } from './ss/summary.ts'
export { type CharacterSpan, UsageError } from './usage-error.ts'
