import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** What a line of README.md sends nowhere is not pasted. */
const QUIET = / > \/dev\/null$/

/** The words of a command line; quotes hold words together. */
function words(line: string): string[] {
  return [...line.replace(QUIET, '').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => (quoted ?? plain) as string,
  )
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

/** Where the files are that one command writes and the next reads. */
const directory = mkdtempSync(join(tmpdir(), 'lastack-readme-'))

afterAll(() => {
  rmSync(directory, { recursive: true })
  if (updated !== README) writeFileSync(PATH, updated)
})

describe('the output in README.md is what the command prints:', () => {
  test.each(pasted.filter(({ line }) => !OF_THIS_MACHINE.test(line)))(
    '$line',
    async ({ line, output }) => {
      const [npx, name, ...args] = words(line)
      expect([npx, name]).toEqual(['npx', 'lastack'])
      const inDirectory = args.map((word) => (word.endsWith('.pcapng') ? join(directory, word) : word))
      const { code, err, ...printed } = await lastack(inDirectory)
      const out = printed.out.replaceAll(join(directory, '/'), '')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const expected = QUIET.test(line) ? '' : pastedOf(out, output)
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
