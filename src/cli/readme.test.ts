import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { lastack, tooWide } from './run.testing.ts'

/** All claims in one test, on a machine that has other things to do. */
const PATIENCE_MS = 60_000

const PATH = new URL('../../README.md', import.meta.url)
const README = readFileSync(PATH, 'utf8')

/** A command of README.md with the output that is pasted below it. A line `…` stands for lines left out. */
interface Pasted {
  readonly line: string
  readonly output: string
}

const pasted: Pasted[] = [...README.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
  (block as string)
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return { line: part.slice(0, end), output: part.slice(end + 1) }
    }),
)

/** These show the machine that they run on; test/kernel holds them against the real commands. */
const OF_THIS_MACHINE = /^npx lastack (ss|netstat|serve|doctor|watch|trace|who|code|heal|up)\b|^npm |^curl /

/** The words of a command line; quotes hold words together. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string)
}

/** What is pasted, as it would be of this output: as many lines before and behind a `…` as now. */
function pastedOf(out: string, now: string): string {
  const [nowLines, lines] = [now.split('\n'), out.split('\n')]
  const cut = nowLines.indexOf('…')
  if (cut < 0) return out
  return [...lines.slice(0, cut), '…', ...lines.slice(cut + 1 - nowLines.length)].join('\n')
}

/** `UPDATE_README=1 npx vitest run src/cli/readme.test.ts` pastes anew, for whoever has changed what a command prints. */
const updating = process.env.UPDATE_README === '1'
let updated = README

afterAll(() => {
  if (updated !== README) writeFileSync(PATH, updated)
})

describe('the output in README.md is what the command prints:', () => {
  test.each(pasted.filter(({ line }) => !OF_THIS_MACHINE.test(line)))(
    '$line',
    async ({ line, output }) => {
      const [npx, name, ...args] = words(line)
      expect([npx, name]).toEqual(['npx', 'lastack'])
      const { code, out, err } = await lastack(args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const expected = pastedOf(out, output)
      if (updating) updated = updated.replace(`$ ${line}\n${output}`, () => `$ ${line}\n${expected}`)
      else expect(output).toBe(expected)
    },
    PATIENCE_MS,
  )

  test('and it fits 80 columns', () => {
    // What ss and netstat print is as wide as they have it; so are metrics.
    const ours = pasted.filter(({ line }) => !/ (ss|netstat) |^curl /.test(line))
    expect(ours.flatMap(({ output }) => tooWide(output))).toEqual([])
  })
})

test('every command is shown', () => {
  for (const name of ['serve', 'ss', 'netstat', 'lab', 'claims', 'sysctl', 'explain']) {
    expect(
      pasted.some(({ line }) => line.startsWith(`npx lastack ${name}`) || (name === 'serve' && line === 'npm start')),
    ).toBe(true)
  }
})
