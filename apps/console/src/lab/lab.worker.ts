/** The stack runs here, off the page's thread: scenarios are started, stepped and judged, and the page is told what is. */
import { listScenarios, runClaim } from 'lastack/sim'
import { personalities } from 'lastack/stack'
import { runOptions } from './player.ts'
import type { Beside, Judgement, LabReport, LabRequest, RunChoice, TimedAct } from './protocol.ts'
import { LabSession } from './session.ts'

let session: LabSession | null = null
let run = 0

function report(message: LabReport): void {
  self.postMessage(message)
}

function judgement(choice: RunChoice): Judgement {
  const start = performance.now()
  const { seed, personality, set, mutation } = runOptions(choice)
  const result = runClaim(choice.id, { seed, personality, set, mutation })
  return {
    claim: result.claim,
    expected: result.expected,
    verdict: result.verdict,
    explanation: result.explanation,
    cases: result.cases.map(({ case: info, holds, because }) => ({ case: info, holds, because })),
    tookMs: performance.now() - start,
  }
}

function start({ run: number, choice, acts, at }: Extract<LabRequest, { kind: 'start' }>): void {
  run = number
  session = null
  session = new LabSession(choice, acts)
  session.seek(session.stepOf(at))
  report({ kind: 'frame', run, frame: session.frame(), plan: session.plan() })
  if (choice.beside !== '') report({ kind: 'beside', run, beside: besideOf(choice, acts) })
}

/** The same on the other system, or why it cannot be played there. */
function besideOf(choice: RunChoice, acts: readonly TimedAct[]): Beside | string {
  try {
    return new LabSession({ ...choice, personality: choice.beside }, acts).whole()
  } catch (error) {
    // A sysctl that the other system does not have: the run itself goes on.
    return error instanceof Error ? error.message : String(error)
  }
}

/** Does what is asked of the run that is on. */
function play(request: Exclude<LabRequest, { kind: 'list' | 'judge' | 'start' }>): void {
  if (session === null) return
  if (request.kind === 'seek') {
    session.seek(request.step)
    report({ kind: 'frame', run, frame: session.frame() })
  } else if (request.kind === 'packet') {
    report({ kind: 'packet', run, number: request.number, octets: session.packet(request.number) })
  } else report({ kind: 'file', run, ...session.save(request.form) })
}

self.addEventListener('message', ({ data: request }: MessageEvent<LabRequest>) => {
  try {
    if (request.kind === 'list') {
      report({ kind: 'list', scenarios: listScenarios(), personalities: Object.keys(personalities) })
    } else if (request.kind === 'judge') {
      report({ kind: 'judgement', run: request.run, judgement: judgement(request.choice) })
    } else if (request.kind === 'start') start(request)
    else play(request)
  } catch (error) {
    // An unknown name or setting in the address; the message names it and says what was expected.
    report({ kind: 'error', run, error: error instanceof Error ? error.message : String(error) })
  }
})
