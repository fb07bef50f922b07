import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { lastack, tooWide } from './run.testing.ts'

/** All claims in one test, on a machine that has other things to do. */
const PATIENCE_MS = 60_000

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

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
const OF_THIS_MACHINE = /^npx lastack (ss|netstat|serve)\b|^npm /

/** The words of a command line; quotes hold words together. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string)
}

describe('the output in README.md is what the command prints:', () => {
  test.each(pasted.filter(({ line }) => !OF_THIS_MACHINE.test(line)))(
    '$line',
    async ({ line, output }) => {
      const [npx, name, ...args] = words(line)
      expect([npx, name]).toEqual(['npx', 'lastack'])
      const { code, out, err } = await lastack(args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const parts = output.split(/^…\n/m)
      if (parts.length === 1) expect(out).toBe(output)
      expect(out.startsWith(parts[0] as string)).toBe(true)
      expect(out.endsWith(parts.at(-1) as string)).toBe(true)
      let from = 0
      for (const part of parts) {
        const at = out.indexOf(part, from)
        expect({ part, found: at >= from }).toEqual({ part, found: true })
        from = at + part.length
      }
    },
    PATIENCE_MS,
  )

  test('and it fits 80 columns', () => {
    // What ss and netstat print is as wide as they have it.
    const ours = pasted.filter(({ line }) => !/ (ss|netstat) /.test(line))
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
