// `npm test`: set-up, the programs that the tests need, the static checks, then every vitest project. One line per stage;
// what a stage printed is shown when it fails. The last line is always `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installMissing } from './debian.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PROJECTS = ['unit', 'house', 'sim', 'kernel-independent', 'kernel', 'browser']
const OUTPUT_LINES_MAX = 400

// The stages write into a pipe; whether colours are welcome is a matter of where we write.
const ENVIRONMENT = { ...process.env }
delete ENVIRONMENT.NO_COLOR
delete ENVIRONMENT.FORCE_COLOR
ENVIRONMENT[process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR'] = '1'

const nodeModule = (...parts) => join(ROOT, 'node_modules', ...parts)
const CHECKS = [
  ['format', nodeModule('@biomejs', 'biome', 'bin', 'biome'), 'format', '.'],
  [
    'lint',
    nodeModule('@biomejs', 'biome', 'bin', 'biome'),
    'check',
    '--formatter-enabled=false',
    '--error-on-warnings',
    '.',
  ],
  ['lint of types', nodeModule('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings'],
  ['types', nodeModule('typescript', 'bin', 'tsc'), '-b', ROOT],
  ['unused', nodeModule('knip', 'bin', 'knip.js')],
  ['package', nodeModule('publint', 'src', 'cli.js'), '--strict'],
]

const total = { passed: 0, failed: 0, skipped: 0 }
const skips = []
const failures = []
let running

// Whoever stops us stops what we started; while Debian packages are installed, the signal waits until that is in order.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    running?.kill(signal)
    process.exit(code)
  })
}

/** Runs a Node script in the clone; resolves to its exit code and everything it printed. */
function node(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
    running = child
    const output = []
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }))
  })
}

/** Prints a stage's line, and what it said when it failed. */
function report(name, start, failed, summary, output) {
  const seconds = ((Date.now() - start) / 1000).toFixed(1).padStart(6)
  console.log(`${failed ? 'FAILED' : '    ok'} ${seconds} s  ${name}${summary ? `: ${summary}` : ''}`)
  if (!failed) return
  const lines = output.trimEnd().split('\n')
  if (lines.length > OUTPUT_LINES_MAX) console.log(`  … ${lines.length - OUTPUT_LINES_MAX} lines left out`)
  console.log(lines.slice(-OUTPUT_LINES_MAX).join('\n').replace(/^/gm, '  | '))
}

/** Runs a stage that is no test project; a failure counts as one. */
async function check(name, ...args) {
  const start = Date.now()
  const { code, output } = await node(...args)
  if (code !== 0) {
    total.failed++
    failures.push(name)
  }
  report(name, start, code !== 0, '', output)
  return code === 0
}

/**
 * Counts what vitest's JSON report says of one project, and names what failed. A file that failed as a whole (it could not
 * be loaded, or a hook threw) is one failure.
 */
function count(json) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const file of json.testResults) {
    const name = relative(ROOT, file.name)
    let failed = 0
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === 'passed') {
        counts.passed++
        // Only where the project allows one: see `retry` in vitest.config.ts.
        for (const message of failureMessages ?? [])
          console.log(`       again    ${name}: ${fullName}: ${firstLine(message)}`)
      } else if (status === 'failed') {
        failed++
        failures.push(`${name}: ${fullName}: ${firstLine(failureMessages?.[0])}`)
      } else {
        counts.skipped++
        skips.push(fullName)
      }
    }
    if (file.status === 'failed' && failed === 0) {
      failed++
      failures.push(`${name}: ${firstLine(file.message)}`)
    }
    counts.failed += failed
  }
  return counts
}

const firstLine = (message) => message?.trim().split('\n')[0] || 'its file or a hook failed; see above'

/** Runs one vitest project and adds its tests to the total. */
async function testProject(project, reportFolder) {
  const start = Date.now()
  const file = join(reportFolder, `${project}.json`)
  const { code, output } = await node(
    nodeModule('vitest', 'vitest.mjs'),
    ...['run', '--project', project, '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`],
  )
  const counts = code === 0 ? count(read(file)) : count(read(file, { testResults: [] }))
  // An unhandled error, or a project without a single test, fails vitest and no test.
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1
    failures.push(`${project} tests: vitest failed, and no test`)
  }
  for (const key of Object.keys(total)) total[key] += counts[key]
  const summary = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
  report(`${project} tests`, start, counts.failed > 0, summary, output)
}

/** A vitest report, or `otherwise` when vitest ended before it could write one. */
function read(file, otherwise) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (otherwise === undefined) throw error
    return otherwise
  }
}

/** Says which tests were left out and why, one line per reason. */
function explainSkips() {
  const reasons = new Map()
  for (const name of skips) {
    const reason = /\[skipped: ([^\]]*)\]/.exec(name)?.[1] ?? `no reason given: ${name}`
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  for (const [reason, tests] of reasons) console.log(`skipped ${tests}: ${reason}`)
}

async function main() {
  if (!(await check('set-up', join(ROOT, 'scripts', 'setup.mjs')))) return
  installMissing()
  for (const [name, ...command] of CHECKS) await check(name, ...command)
  const reportFolder = mkdtempSync(join(tmpdir(), 'lastack-test-'))
  process.on('exit', () => rmSync(reportFolder, { recursive: true, force: true }))
  for (const project of PROJECTS) await testProject(project, reportFolder)
}

await main()
explainSkips()
for (const failure of failures) console.log(`failed: ${failure}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
