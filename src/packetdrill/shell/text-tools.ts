import { Unsupported } from '../run/outcome.ts'
import { awk } from './awk.ts'
import { fromBasic, regularExpression } from './regular-expression.ts'
import type { CommandResult } from './result.ts'

const LISTED_MOST = 100_000

/** A program that turns text into text. `args` are without its name and without the files that it reads. */
type TextTool = (args: readonly string[], input: string, command: string) => CommandResult

const said = (output: string): CommandResult => ({ output, status: 0 })

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function unlines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** What is behind an option, in the same word or in the next: `-n 3`, `-n3`. */
function optionOf(args: readonly string[], letter: string): string | undefined {
  const at = args.findIndex((arg) => arg.startsWith(`-${letter}`))
  if (at < 0) return undefined
  return (args[at] as string).slice(2) || args[at + 1]
}

function firstLines(args: readonly string[], input: string, command: string, fromEnd: boolean): CommandResult {
  const short = args.find((arg) => /^-\d+$/.test(arg))
  const count = Number(optionOf(args, 'n') ?? short?.slice(1) ?? 10)
  if (!Number.isInteger(count)) throw new Unsupported(`command ${command}`)
  const lines = linesOf(input)
  const kept = fromEnd ? lines.slice(Math.max(0, lines.length - count)) : lines.slice(0, count)
  return said(unlines(kept))
}

/** `cut -d X -f 1,3-4` */
function cut(args: readonly string[], input: string, command: string): CommandResult {
  const fields = optionOf(args, 'f')
  const mark = optionOf(args, 'd') ?? '\t'
  if (fields === undefined) throw new Unsupported(`command ${command}`)
  const wanted = fields.split(',').map((range) => {
    const [, from = '', dash = '', to = ''] = /^(\d*)(-?)(\d*)$/.exec(range) ?? []
    return [Number(from || 1), dash === '' ? Number(from) : Number(to || Number.POSITIVE_INFINITY)] as const
  })
  const lines = linesOf(input).map((line) => {
    const parts = line.split(mark)
    if (parts.length === 1) return line
    return parts.filter((_, i) => wanted.some(([from, to]) => i + 1 >= from && i + 1 <= to)).join(mark)
  })
  return said(unlines(lines))
}

function setOf(text: string): string {
  return text
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace('[:space:]', ' \t\n\r')
    .replace('[:upper:]', 'A-Z')
    .replace('[:lower:]', 'a-z')
    .replace('[:digit:]', '0-9')
    .replace(/(.)-(.)/g, (_all, from: string, to: string) => {
      const [a, b] = [from.charCodeAt(0), to.charCodeAt(0)]
      return Array.from({ length: Math.max(0, b - a + 1) }, (_, i) => String.fromCharCode(a + i)).join('')
    })
}

/** `tr a-z A-Z`, `tr -d ' '`, `tr -s ' '` */
function tr(args: readonly string[], input: string, command: string): CommandResult {
  const options = args.filter((arg) => /^-[ds]$/.test(arg))
  const [from, to] = args.filter((arg) => !/^-[ds]$/.test(arg)).map(setOf)
  if (from === undefined || options.length > 1) throw new Unsupported(`command ${command}`)
  if (options[0] === '-d')
    return said(
      Array.from(input)
        .filter((one) => !from.includes(one))
        .join(''),
    )
  const target = to ?? from
  const moved = Array.from(input, (one) => {
    const at = from.indexOf(one)
    return at < 0 ? one : (target[Math.min(at, target.length - 1)] ?? '')
  })
  const kept = moved.filter((one, i) => options[0] !== '-s' || one !== moved[i - 1] || !target.includes(one))
  return said(kept.join(''))
}

/** `sed s/a/b/g`, several by -e or `;`. */
function sed(args: readonly string[], input: string, command: string): CommandResult {
  const scripts = args.filter((arg) => !/^-[neEr]+$/.test(arg))
  const extended = args.some((arg) => /^-.*[Er]/.test(arg))
  const line = /^(\d+|\$)p$/.exec(scripts.join(';'))?.[1]
  if (line !== undefined && args.some((arg) => /^-.*n/.test(arg)))
    return said(
      unlines(
        linesOf(input)
          .slice(line === '$' ? -1 : Number(line) - 1)
          .slice(0, 1),
      ),
    )
  let lines = linesOf(input)
  for (const script of scripts.flatMap((one) => one.split(';'))) {
    const match = /^\s*s(.)((?:\\.|(?!\1).)*)\1((?:\\.|(?!\1).)*)\1(g?)\s*$/.exec(script)
    if (match === null || args.some((arg) => /^-.*n/.test(arg))) throw new Unsupported(`command ${command}`)
    const [, , from = '', to = '', all] = match
    const source = extended ? from : fromBasic(from)
    const pattern = regularExpression(source, all === 'g' ? 'g' : '')
    lines = lines.map((line) => line.replace(pattern, to.replace(/\\(\d)/g, '$$$1').replace(/&/g, '$$&')))
  }
  return said(unlines(lines))
}

function escapes(text: string): string {
  return text.replace(/\\(n|t|r|\\|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2})/g, (_all, code: string) => {
    if (code === 'n') return '\n'
    if (code === 't') return '\t'
    if (code === 'r') return '\r'
    if (code === '\\') return '\\'
    return String.fromCharCode(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8))
  })
}

function echo(args: readonly string[]): CommandResult {
  const words = [...args]
  let options = ''
  while (/^-[neE]+$/.test(words[0] ?? '')) options += words.shift()
  const text = options.includes('e') ? escapes(words.join(' ')) : words.join(' ')
  return said(options.includes('n') ? text : `${text}\n`)
}

/** `printf FORMAT WORDS…`: the format is used again as long as there are words. */
function printf([format = '', ...words]: readonly string[]): CommandResult {
  let output = ''
  const left = [...words]
  do {
    output += escapes(format).replace(
      /%([-0]*)(\d*)([sdiux%])/g,
      (_all, flags: string, width: string, kind: string) => {
        if (kind === '%') return '%'
        const word = left.shift() ?? ''
        const text = kind === 's' ? word : kind === 'x' ? Number(word).toString(16) : String(Math.trunc(Number(word)))
        const size = Number(width)
        return flags.includes('-') ? text.padEnd(size) : text.padStart(size, flags.includes('0') ? '0' : ' ')
      },
    )
  } while (left.length > 0 && format.includes('%'))
  return said(output)
}

function awkTool(args: readonly string[], input: string, command: string): CommandResult {
  return awk(args, linesOf(input), command, (words) => printf(words).output)
}

function seq(args: readonly string[], _input: string, command: string): CommandResult {
  const numbers = args.map(Number)
  const [from, step, to] =
    numbers.length === 1
      ? [1, 1, numbers[0]]
      : [numbers[0], numbers[2] === undefined ? 1 : numbers[1], numbers[2] ?? numbers[1]]
  if (![from, step, to].every(Number.isFinite) || !step) throw new Unsupported(`command ${command}`)
  const count = Math.floor(((to as number) - (from as number)) / step) + 1
  if (count > LISTED_MOST) throw new Unsupported(`command ${command}`)
  return said(unlines(Array.from({ length: Math.max(0, count) }, (_, i) => String((from as number) + i * step))))
}

function wc(args: readonly string[], input: string): CommandResult {
  const counts = { l: input.split('\n').length - 1, w: input.split(/\s+/).filter(Boolean).length, c: input.length }
  const asked = args.join('').replace(/-/g, '') || 'lwc'
  return said(`${Array.from(asked, (one) => counts[one as 'l' | 'w' | 'c'] ?? 0).join(' ')}\n`)
}

/** Programs that turn text into text, by name. */
export const TEXT_TOOLS: Readonly<Record<string, TextTool>> = {
  echo,
  printf,
  cut,
  tr,
  sed,
  ...Object.fromEntries(['awk', 'gawk', 'mawk'].map((name) => [name, awkTool])),
  seq,
  wc,
  head: (args, input, command) => firstLines(args, input, command, false),
  tail: (args, input, command) => firstLines(args, input, command, true),
  sort: (args, input) => {
    const by = args.some((arg) => /^-.*n/.test(arg))
      ? (a: string, b: string): number => Number.parseFloat(a) - Number.parseFloat(b)
      : undefined
    const sorted = linesOf(input).sort(by)
    return said(unlines(args.some((arg) => /^-.*r/.test(arg)) ? sorted.reverse() : sorted))
  },
  uniq: (_args, input) => said(unlines(linesOf(input).filter((line, i, all) => line !== all[i - 1]))),
  basename: ([path = '', suffix = '']) => {
    const base = path.replace(/\/+$/, '').replace(/^.*\//, '')
    return said(`${suffix !== '' && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`)
  },
  dirname: ([path = '']) => said(`${path.includes('/') ? path.replace(/\/[^/]*$/, '') || '/' : '.'}\n`),
}
