import { Program } from '../code/evaluate.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { arithmetic } from './arithmetic.ts'
import { type CommandResult, DONE } from './result.ts'
import type { ShellScope } from './scope.ts'

const EMPTY: ShellScope = { variable: () => undefined, assign: () => undefined, substitute: () => '' }
/** What changes nothing where no rule was ever made: listing, emptying, counters. */
const RULELESS = /^(?:-[nvx]*[FLSXZ][nvx]*|--(?:flush|list|list-rules|delete-chain|zero)|flush|list|ruleset|tables?)$/

/**
 * `iptables -F`, `nft flush ruleset`, `ipfw list`: there is no packet filter, so there are no rules to list or to forget.
 *
 * @returns null for what would make one
 */
export function packetFilter(args: readonly string[]): CommandResult | null {
  const words = args.filter(
    (arg, i) => arg !== '-t' && args[i - 1] !== '-t' && !/^(?:-n|-q|-f|INPUT|OUTPUT|inet)$/.test(arg),
  )
  return words.length > 0 && words.every((word) => RULELESS.test(word)) ? DONE : null
}

/** `python3 -c TEXT`: the part of Python that code blocks know, in a program of its own. */
export function python(text: string): CommandResult {
  const lines: string[] = []
  try {
    new Program((line) => lines.push(`${line}\n`)).run(text, () => undefined)
    return { output: lines.join(''), status: 0 }
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    return { output: lines.join(''), errors: `${error.message}\n`, status: 1 }
  }
}

/** `expr 3 + 4`, `expr $A = $B`: its status is 1 where the outcome is 0 or nothing. */
export function expr(args: readonly string[]): CommandResult {
  const [left = '', op, right = ''] = args
  const isText = args.length === 3 && (op === '=' || op === '!=')
  const value = isText ? Number((left === right) === (op === '=')) : arithmetic(args.join(' '), EMPTY)
  return { output: `${value}\n`, status: value === 0 ? 1 : 0 }
}

/** `echo "2 * 3" | bc`: sums of whole numbers, one a line. */
export function bc(_args: readonly string[], { input, command }: { input: string; command: string }): CommandResult {
  const lines = input.split('\n').filter((line) => line.trim() !== '')
  if (lines.some((line) => !/^[\d\s()+*/%<>=!-]+$/.test(line)))
    throw new Unsupported(`command ${command} of ${input.trim()}`)
  return { output: lines.map((line) => `${arithmetic(line, EMPTY)}\n`).join(''), status: 0 }
}

/** `xargs NAME`: a command with the words that came by the pipe behind its own. */
export function withInput(args: readonly string[], input: string): string[] {
  const own = args.filter((arg) => !/^-[rt]$/.test(arg))
  return [...(own.length > 0 ? own : ['echo']), ...input.split(/\s+/).filter((word) => word !== '')]
}
