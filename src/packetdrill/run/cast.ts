import { entryOf } from '../../base/index.ts'
import type { PersonalityName } from '../../stack/index.ts'
import type { Caller } from '../calls/caller.ts'
import { HostCaller } from '../calls/host-caller.ts'
import { SYMBOLS } from '../calls/symbols/index.ts'
import type { Lookup } from '../code/evaluate.ts'
import { Shell } from '../shell/shell.ts'
import { mibOf } from '../shell/tables.ts'
import type { NewSubject } from '../subject/subject.ts'
import { SubjectCaller } from '../subject/subject-caller.ts'
import { SubjectStage } from '../subject/subject-stage.ts'
import type { RunConfig } from './config.ts'
import { HostStage } from './host-stage.ts'
import { Unsupported } from './outcome.ts'
import { sample } from './sample.ts'
import type { Stage } from './stage.ts'

/** The text of a file named relative to the script; undefined: there is none. */
export type ReadFile = (path: string) => string | undefined

/** What is under test, and what plays a script on it. */
export interface Cast {
  readonly stage: Stage
  readonly caller: Caller
  /** What a code block sees. */
  lookup(): Lookup
  /** @throws {Unsupported} for a command that is not understood, {Mismatch} when it fails */
  shell(text: string): void
  /** What the host has counted, by nstat's names. */
  counters(): ReadonlyMap<string, number>
}

/**
 * A host of this project.
 * @param tell takes the lines that commands have to report
 */
export function castHost(
  config: RunConfig,
  personality: PersonalityName,
  readFile: ReadFile | undefined,
  tell: (line: string) => void,
): Cast {
  const stage = new HostStage(config, personality)
  const { host } = stage
  const shell = new Shell({
    host,
    sleep: (us) => {
      stage.advance(stage.now + us)
    },
    drop: (...ends) => stage.drop(...ends),
    readFile: (path) => readFile?.(path),
    tell,
  })
  const caller = new HostCaller(stage, config, (path) => shell.lengthOf(path))
  return {
    stage,
    caller,
    lookup: () => sample(stage, caller.socketUnderTest),
    shell: (text) => shell.run(text),
    counters: () => mibOf(host),
  }
}

/** Another stack than this project's. */
export function castSubject(config: RunConfig, newSubject: NewSubject): Cast {
  const stage = new SubjectStage(config, newSubject)
  const { subject } = stage
  const caller = new SubjectCaller(stage, config)
  return {
    stage,
    caller,
    lookup() {
      if (subject.tcpInfo === undefined) throw new Unsupported('TCP_INFO: the stack under test has none')
      const fields = subject.tcpInfo(caller.newest)
      return (name) => entryOf(fields, name) ?? SYMBOLS.get(name)
    },
    shell(text) {
      if (subject.command?.(text) !== true)
        throw new Unsupported(`command ${text}: the stack under test does not know it`)
    },
    counters: () => new Map(),
  }
}
