/**
 * packetdrill: the field's notation for TCP tests, read whole and run against this project's stack in virtual time: injected and
 * expected packets, system calls, assertions on TCP_INFO, sysctls.
 * `runScript(file, text)` is all that most need. It plays against this project's stack, or with `{ subject }` against any other that
 * has sockets and packets (`Subject`).
 * It runs no shell and no Python: it understands what scripts use them for, and refuses the rest by name. It has no TCP of its own.
 */
export type {
  AccEcnField,
  Action,
  CallSpec,
  EcnWord,
  Encapsulation,
  EventTime,
  Expression,
  IcmpSpec,
  IpItem,
  PacketSpec,
  PortPair,
  ResultSpec,
  Script,
  ScriptEvent,
  ScriptOption,
  ShellCommand,
  StructField,
  TcpOptionSpec,
  TcpSpec,
  UdpSpec,
} from './language/ast.ts'
export { type ParseOptions, parseScript } from './language/parse.ts'
export { type Position, ScriptSyntaxError } from './language/position.ts'
export { printEvent, printPacket, printScript } from './language/print.ts'
export { checkOption, OPTION_NAMES, OptionError, type RunnerOption, takesValue } from './run/config.ts'
export type { ScriptResult } from './run/outcome.ts'
export { type RunOptions, runScript } from './run/run-script.ts'
export type { End, NewSubject, Situation, Subject } from './subject/subject.ts'
