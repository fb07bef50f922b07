/** The stack runs here, off the page's thread: scenarios are started, stepped and judged, and the page is told what is. */
import { fetchClaims, fetchScenario, type PlayableClaim } from 'lastack/sim'
import { type Chosen, runOptions } from './player.ts'
import type { CoursePart, Judgement, LabReport, LabRequest, RunChoice, SavedForm, TimedAct } from './protocol.ts'
import { LabSession } from './session.ts'

/** Most runs are short: so long, ms, the page waits for the whole before it is shown the beginning. */
const WHOLE_WITHIN_MS = 100
/** So long, ms, a request of the page may have to wait for the work that goes on by itself. */
const SLICE_MS = 12

let session: LabSession | null = null
/** The same run on another system; `null`: none is asked for, or it has been told. */
let beside: LabSession | null = null
let run = 0
/** True: the page has not been shown anything of the run. */
let isNew = true
/** True: the page has it played as fast as it goes. To look further ahead meanwhile would be to play everything twice. */
let isAtFullSpeed = false

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function report(message: LabReport, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}

function buffersOf(part: CoursePart | null): Transferable[] {
  return part === null ? [] : [part.events.words.buffer, part.stopTimes.buffer, part.stopEvents.buffer]
}

function reportFrame(session: LabSession): void {
  const part = session.part()
  const setting = isNew ? session.setting() : null
  isNew = false
  report({ kind: 'frame', run, setting, part, frame: session.frame() }, buffersOf(part))
}

function judgement(claim: PlayableClaim, choice: RunChoice): Judgement {
  const start = performance.now()
  const { seed, personality, set, mutation } = runOptions(choice, claim.info)
  const result = claim.judge({ seed, personality, set, mutation })
  return {
    claim: result.claim,
    expected: result.expected,
    verdict: result.verdict,
    explanation: result.explanation,
    cases: result.cases.map(({ case: info, holds, because }) => ({ case: info, holds, because })),
    tookMs: performance.now() - start,
  }
}

async function start({ run: number, choice, acts, at }: Extract<LabRequest, { kind: 'start' }>): Promise<void> {
  const playable = await fetchScenario(choice.id, [choice.personality, choice.beside])
  run = number
  // One that cannot be begun leaves the one before as it was.
  const started = new LabSession({ playable, choice }, acts)
  started.lookAhead(WHOLE_WITHIN_MS)
  started.aim(at)
  session = started
  beside = null
  isNew = true
  isAtFullSpeed = false
  if (choice.beside !== '') startBeside({ playable, choice: { ...choice, personality: choice.beside } }, acts)
  goOn()
}

function startBeside(chosen: Chosen, acts: readonly TimedAct[]): void {
  unlessImpossible(() => {
    beside = new LabSession(chosen, acts)
  })
}

/** Plays on the other system, or says why it cannot be played there: a sysctl that it does not have. The run itself goes on. */
function unlessImpossible(work: () => void): void {
  try {
    work()
  } catch (error) {
    beside = null
    report({ kind: 'beside', run, beside: messageOf(error) })
  }
}

function playBeside(session: LabSession, other: LabSession): void {
  if (!other.isWhole) return other.lookAhead(SLICE_MS)
  const whole = other.whole(session)
  report({ kind: 'beside', run, beside: whole }, [whole.events.words.buffer])
  beside = null
}

/** A message to ourselves: whatever the page has asked meanwhile comes first. */
const turns = new MessageChannel()
let isTurnDue = false
turns.port1.addEventListener('message', () => {
  isTurnDue = false
  try {
    goOn()
  } catch (error) {
    reportError(error, run)
  }
})
turns.port1.start()

/** A slice of the work that goes on by itself: to where the page wants to stand, then ahead to the end, then on the other system. */
function goOn(): void {
  if (session === null || isTurnDue) return
  if (!session.isThere) {
    session.approach(SLICE_MS)
    if (session.isThere) reportFrame(session)
  } else if (isAtFullSpeed) return
  else if (!session.isWhole) {
    session.lookAhead(SLICE_MS)
    const part = session.part()
    if (part !== null) report({ kind: 'course', run, part }, buffersOf(part))
  } else if (beside === null) return
  else {
    const [first, other] = [session, beside]
    unlessImpossible(() => playBeside(first, other))
  }
  isTurnDue = true
  turns.port2.postMessage(null)
}

/** Answers with a file of the run that was on when it was asked for. */
async function save(session: LabSession, form: SavedForm, run: number): Promise<void> {
  try {
    report({ kind: 'file', run, ...(await session.save(form)) })
  } catch (error) {
    report({ kind: 'error', run, error: messageOf(error) })
  }
}

/** Does what is asked of the run that is on. */
function play(request: Exclude<LabRequest, { kind: 'claims' | 'judge' | 'start' }>): void {
  if (session === null) return
  isAtFullSpeed = request.kind === 'play' && request.steps === Number.POSITIVE_INFINITY
  if (request.kind === 'seek') session.aim({ step: request.step, acted: false })
  else if (request.kind === 'next') session.aim(request)
  else if (request.kind === 'play') {
    session.play(request.steps, request.forMs)
    reportFrame(session)
  } else if (request.kind === 'packet') {
    report({ kind: 'packet', run, number: request.number, octets: session.packet(request.number) })
  } else if (request.kind === 'save') void save(session, request.form, run)
  goOn()
}

async function answer(request: LabRequest): Promise<void> {
  if (request.kind === 'claims') {
    report({ kind: 'claims', claims: (await fetchClaims()).map(({ info }) => info) })
  } else if (request.kind === 'judge') {
    const { run, choice } = request
    const claim = (await fetchClaims([choice.personality])).find(({ info }) => info.id === choice.id)
    if (claim === undefined) throw new Error(`'${choice.id}' is no claim that could be judged`)
    report({ kind: 'judgement', run, judgement: judgement(claim, choice) })
  } else if (request.kind === 'start') await start(request)
  else play(request)
}

function reportError(error: unknown, number: number): void {
  // An unknown name or setting in the address; the message names it and says what was expected.
  report({ kind: 'error', run: number, error: messageOf(error) })
}

/** One is answered after the other, as they come: while something is fetched for one, the next waits. */
let answers = Promise.resolve()

self.addEventListener('message', ({ data }: MessageEvent<LabRequest>) => {
  answers = answers
    .then(() => answer(data))
    .catch((error: unknown) => reportError(error, 'run' in data ? data.run : run))
})
