/** The stack runs here, off the page's thread: scenarios are started, stepped and judged, and the page is told what is. */
import { listScenarios, runClaim } from 'lastack/sim'
import { personalities } from 'lastack/stack'
import type { Judgement, LabReport, LabRequest, RunChoice } from './protocol.ts'
import { LabSession, runOptions } from './session.ts'

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

/** Does what is asked of the run; what needs no run has been answered before. */
function play(request: Exclude<LabRequest, { kind: 'list' | 'judge' }>): void {
  if (request.kind === 'start') {
    run = request.run
    session = null
    session = new LabSession(request.choice)
  } else if (session === null) return
  else if (request.kind === 'step') session.step()
  else if (request.kind === 'back') session.back()
  else if (request.kind === 'finish') session.finish()
  else session.drop(request.from)
  report({ kind: 'frame', run, frame: session.frame() })
}

self.addEventListener('message', ({ data: request }: MessageEvent<LabRequest>) => {
  try {
    if (request.kind === 'list') {
      report({ kind: 'list', scenarios: listScenarios(), personalities: Object.keys(personalities) })
    } else if (request.kind === 'judge') {
      report({ kind: 'judgement', run: request.run, judgement: judgement(request.choice) })
    } else play(request)
  } catch (error) {
    // An unknown name or setting in the address; the message names it and says what was expected.
    report({ kind: 'error', run, error: error instanceof Error ? error.message : String(error) })
  }
})
