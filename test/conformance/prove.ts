/**
 * `npm run conformance [ID…] [--all]`: breaks each tagged line in a copy of the sources, one at a time, runs the tests that show its
 * requirement, and writes down which of them failed; then the page. Only what is stale, unless told otherwise.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../house/source.ts'
import { conformancePage, PAGE_FILE } from './page.ts'
import { committedProofs, type Experiment, experiments, PROOF_FILE, type Proof } from './proof.ts'
import { REQUIREMENTS } from './requirements.ts'
import { collectShowings, collectTags, type Tag } from './tags.ts'

/** What the tests need of the repository. */
const COPIED = ['src', 'test/sim/conformance', 'test/support', 'package.json', 'vitest.config.ts', 'tsconfig.base.json']
/** A broken machine may never come to an end. */
const PATIENCE_MS = 120_000

/** Experiments at a time. */
const WORKERS = 2

/** What vitest's JSON reporter says of one test. */
interface Assertion {
  readonly status: string
  readonly title: string
}

/** @returns how many lines could be broken without a test noticing */
export async function prove(words: readonly string[]): Promise<number> {
  const { possible, unfit } = experiments()
  for (const tag of unfit) console.error(`${tag.id}: ${tag.file}:${tag.lineNumber}: no break fits this line`)
  const before = existsSync(join(ROOT, PROOF_FILE)) ? committedProofs() : []
  const named = words.filter((word) => !word.startsWith('-'))
  const wanted = (one: Experiment): boolean => {
    if (named.length > 0) return named.includes(one.tag.id)
    return words.includes('--all') || proofOf(one, before) === undefined
  }
  const known = new Map<Experiment, Proof>()
  for (const one of possible) {
    const kept = proofOf(one, before)
    if (kept !== undefined) known.set(one, kept)
  }
  const queue = possible.filter(wanted)
  const survivors = [...unfit]
  await Promise.all(Array.from({ length: WORKERS }, () => work(queue, known, survivors, possible)))
  const findings = {
    requirements: REQUIREMENTS,
    tags: collectTags(),
    showings: collectShowings(),
    proofs: [...known.values()],
  }
  writeFileSync(join(ROOT, PAGE_FILE), conformancePage(findings))
  console.log(`${known.size} of ${possible.length} lines proved, ${survivors.length} not`)
  return survivors.length
}

/** One of several that take experiments off the queue, each in a tree of its own; what is proved is written down at once. */
async function work(
  queue: Experiment[],
  known: Map<Experiment, Proof>,
  survivors: Tag[],
  all: readonly Experiment[],
): Promise<void> {
  const tree = copyTree()
  try {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const failed = await breakAndRun(tree, one)
      const { id, file, place } = one.tag
      console.log(`${id} ${file} ${place}: ${failed.length > 0 ? failed.join(' | ') : 'NOTHING FAILED'}`)
      known.delete(one)
      if (failed.length > 0) known.set(one, proof(one, failed))
      else survivors.push(one.tag)
      const proofs = all.flatMap((each) => known.get(each) ?? [])
      writeFileSync(join(ROOT, PROOF_FILE), `${JSON.stringify(proofs, null, 2)}\n`)
    }
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function proofOf(one: Experiment, proofs: readonly Proof[]): Proof | undefined {
  return proofs.find((known) => known.id === one.tag.id && known.file === one.tag.file && known.hash === one.hash)
}

function proof({ tag, broken, hash }: Experiment, failed: readonly string[]): Proof {
  return { id: tag.id, file: tag.file, code: tag.code, broken, failed, hash }
}

function copyTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'lastack-conformance-'))
  for (const path of COPIED) cpSync(join(ROOT, path), join(tree, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  return tree
}

async function breakAndRun(tree: string, { tag, broken, tests }: Experiment): Promise<string[]> {
  if (tests.length === 0) return []
  const path = join(tree, tag.file)
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  const line = lines[tag.lineNumber - 1] as string
  lines[tag.lineNumber - 1] = line.replace(tag.code, () => broken)
  writeFileSync(path, lines.join('\n'))
  try {
    const files = [...new Set(tests.map(({ file }) => file))]
    return await failuresOf(tree, files, tag.id)
  } finally {
    writeFileSync(path, text)
  }
}

/** Titles, without the numbers, of the tests of a requirement that fail. */
async function failuresOf(tree: string, files: readonly string[], id: string): Promise<string[]> {
  const report = join(tree, 'report.json')
  rmSync(report, { force: true })
  const filter = `(^|[ ,])${id}[,:]`
  const vitest = join(tree, 'node_modules', 'vitest', 'vitest.mjs')
  const words = ['run', '--project', 'sim', '--reporter', 'json', '--outputFile', report, '-t', filter, ...files]
  const child = spawn(process.execPath, [vitest, ...words], { cwd: tree, stdio: 'ignore' })
  const ended = await finished(child)
  if (!ended) return ['(it never came to an end)']
  if (!existsSync(report)) return ['(it did not run at all)']
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: Assertion[] }[]
  }
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
  return [...new Set(failed.map(({ title }) => title.replace(/^[A-Z]+-\d+(?:, [A-Z]+-\d+)*: /, '')))]
}

function finished(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    child.on('exit', (_code, signal) => {
      clearTimeout(patience)
      resolve(signal === null)
    })
  })
}
