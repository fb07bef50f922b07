/** How a script goes from one command to the next: lists, pipelines, branches and loops. */
import { Unsupported } from '../run/outcome.ts'
import { behind, Jump } from './jump.ts'
import { type CommandResult, DONE } from './result.ts'
import type { ShellScope } from './scope.ts'
import type { ListItem, ShellNode } from './syntax.ts'
import { expandOne, expandPattern, expandWords } from './words.ts'

const ROUNDS_MAX = 10_000

/** What a node is run with: what it reads, and whether somebody looks at its status. */
export interface Run {
  readonly input: { text: string }
  readonly tested: boolean
  readonly background: boolean
}

/** What the flow needs of the shell that runs the script. */
export interface FlowShell {
  readonly scope: ShellScope
  play(node: ShellNode, run: Run): CommandResult
  /** Runs in a shell of its own: what is set in it nobody knows afterwards, and `exit` ends it and no more. */
  subshell(body: () => CommandResult): CommandResult
  /** What `for NAME` without words goes through. */
  arguments(): readonly string[]
  /** `set -e` */
  exitsOnFailure(): boolean
}

/** What is made of other commands. */
export type Compound = Extract<ShellNode, { kind: 'list' | 'pipeline' | 'if' | 'for' | 'while' | 'case' }>

/** Plays what is made of other commands. */
export function playCompound(shell: FlowShell, node: Compound, run: Run): CommandResult {
  switch (node.kind) {
    case 'list':
      return list(shell, node.items, run)
    case 'pipeline':
      return pipeline(shell, node.parts, node.inverted, run)
    case 'if':
      return choice(shell, node, run)
    case 'for':
      return forLoop(shell, node, run)
    case 'while':
      return whileLoop(shell, node, run)
    case 'case':
      return branch(shell, node, run)
  }
}

function list(shell: FlowShell, items: readonly ListItem[], run: Run): CommandResult {
  let last = DONE
  let output = ''
  for (const [i, { when, node, background }] of items.entries()) {
    if ((when === '&&' && last.status !== 0) || (when === '||' && last.status === 0)) continue
    const next = items[i + 1]?.when
    const tested = run.tested || next === '&&' || next === '||'
    const result = behind(output, () => shell.play(node, { ...run, tested, background: run.background || background }))
    last = background ? { ...result, status: 0 } : result
    output = result.output
    const failed = last.status !== 0 && !tested && !(node.kind === 'pipeline' && node.inverted)
    if (failed && shell.exitsOnFailure()) throw Object.assign(new Jump('exit', last.status), { output })
  }
  return { output, status: last.status }
}

function pipeline(shell: FlowShell, parts: readonly ShellNode[], inverted: boolean, run: Run): CommandResult {
  let result: CommandResult = { output: run.input.text, status: 0 }
  for (const [i, part] of parts.entries()) {
    const input = i === 0 ? run.input : { text: result.output }
    const play = (): CommandResult => shell.play(part, { ...run, tested: true, input })
    // `! COMMAND` is a pipeline of one, and runs in this shell.
    result = parts.length > 1 ? shell.subshell(play) : play()
  }
  return inverted ? { ...result, status: result.status === 0 ? 1 : 0 } : result
}

function choice(shell: FlowShell, node: Extract<ShellNode, { kind: 'if' }>, run: Run): CommandResult {
  let output = ''
  for (const [test, body] of node.clauses) {
    const tested = behind(output, () => shell.play(test, { ...run, tested: true }))
    output = tested.output
    if (tested.status === 0) return behind(output, () => shell.play(body, run))
  }
  const { otherwise } = node
  return otherwise === null ? { output, status: 0 } : behind(output, () => shell.play(otherwise, run))
}

function forLoop(shell: FlowShell, node: Extract<ShellNode, { kind: 'for' }>, run: Run): CommandResult {
  const words = node.words === null ? shell.arguments() : expandWords(node.words, shell.scope)
  let result = DONE
  let output = ''
  for (const word of words) {
    shell.scope.assign(node.name, word)
    const { ended, ...last } = behind(output, () => round(shell, node.body, run))
    output = last.output
    result = last
    if (ended) break
  }
  return { output, status: result.status }
}

/** One round of a loop; `ended`: it was left by `break`. */
function round(shell: FlowShell, body: ShellNode, run: Run): CommandResult & { ended: boolean } {
  try {
    return { ...shell.play(body, run), ended: false }
  } catch (error) {
    if (!(error instanceof Jump) || (error.kind !== 'break' && error.kind !== 'continue')) throw error
    return { output: error.output, status: 0, ended: error.kind === 'break' }
  }
}

function whileLoop(
  shell: FlowShell,
  { until, test, body, step }: Extract<ShellNode, { kind: 'while' }>,
  run: Run,
): CommandResult {
  let result = DONE
  let output = ''
  for (let rounds = 0; ; rounds++) {
    if (rounds > ROUNDS_MAX) throw new Unsupported(`command while: more than ${ROUNDS_MAX} rounds`)
    const tested = behind(output, () => shell.play(test, { ...run, tested: true }))
    output = tested.output
    if ((tested.status === 0) === until) break
    const { ended, ...last } = behind(output, () => round(shell, body, run))
    output = last.output
    result = last
    if (ended) break
    if (step !== undefined) shell.play(step, run)
  }
  return { output, status: result.status }
}

function branch(shell: FlowShell, { word, clauses }: Extract<ShellNode, { kind: 'case' }>, run: Run): CommandResult {
  const value = expandOne(word, shell.scope)
  const found = clauses.find(({ patterns }) => patterns.some((one) => expandPattern(one, shell.scope).test(value)))
  return found === undefined ? DONE : shell.play(found.body, run)
}
