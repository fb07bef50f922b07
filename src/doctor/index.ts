/**
 * The doctor: pure rules that take looks at a host's sockets and answer with findings, each with its evidence and ways out.
 * A look may come from a real kernel or from a simulated stack; the history of looks is a value that the caller keeps.
 * It reads no sockets, files or clock, and acts on nothing: `host` looks, and the command heals.
 */
export { type AgedState, agedStates } from './aged.ts'
export { type Census, censusOf } from './census.ts'
export { type Changes, changesBetween, NO_CHANGES } from './changes.ts'
export { diagnose, isFault, unjudged } from './diagnose.ts'
export { type History, NO_HISTORY, sinceOf } from './history.ts'
export { type Looking, lookingFamilies, metricsOf } from './metrics.ts'
export { observe, observeOnce } from './observe.ts'
export { type MetricFamily, type MetricSample, type MetricsText, metricsText } from './open-metrics.ts'
export { briefFindings, type PrintOptions, printFindings, severityWord, summary } from './print.ts'
export { type Prospect, prospectOf } from './prospect.ts'
export { type DoctorReport, type ReportedFinding, reportOf } from './report.ts'
export { DOCTOR_SCHEMA, type JsonSchema } from './schema.ts'
export { DEFAULT_THRESHOLDS, THRESHOLDS, type Threshold, type ThresholdName, type Thresholds } from './thresholds.ts'
export type {
  DeadDescriptor,
  Evidence,
  Explanation,
  Finding,
  FindingOwner,
  Gentleness,
  Observation,
  ProcessFacts,
  Remedy,
  Severity,
  Since,
} from './types.ts'
