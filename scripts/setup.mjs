// Makes a clone ready to run: packages, then the build. `npm start` and `npm test` call it; it needs nothing but Node and
// npm, and writes only below the clone (node_modules/ and dist/). What is already up to date is left alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const NODE_MIN = [20, 19]
const LOCK_POLL_MS = 200
const LOCK_STALE_MS = 10 * 60 * 1000

/** A path below the clone. */
const at = (...parts) => join(ROOT, ...parts)

class SetupError extends Error {}

/** Runs a program in the clone and shows its output only when it fails, or as it comes when `quiet` is false. */
function run(what, command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (result.error) throw new SetupError(`${what}: cannot run ${command}: ${result.error.message}`)
  if (result.status === 0) return
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  throw new SetupError(`${what} failed (${result.signal ?? `exit code ${result.status}`}): its output is above`)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return
  throw new SetupError(`Node ${process.versions.node} is too old: lastack needs Node ${NODE_MIN.join('.')} or newer`)
}

/** True while the process that wrote the lock file still runs; an old file says nothing, for pids are used again. */
function holderLives(lockFile) {
  try {
    if (Date.now() - statSync(lockFile).mtimeMs > LOCK_STALE_MS) return false
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs `work` while no other set-up of this clone does: `npm start` and `npm test` may be typed in two terminals at once. */
async function alone(work) {
  const lockFile = at('dist', '.setup-lock')
  mkdirSync(dirname(lockFile), { recursive: true })
  for (let told = false; ; ) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!holderLives(lockFile)) {
      rmSync(lockFile, { force: true })
      continue
    }
    if (!told) console.log('set-up: waiting for another set-up of this clone')
    told = true
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
  }
  try {
    return work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

/** Does `work` unless `stampFile` says that it was done for this very `key`. */
function unlessStamped(stampFile, key, what, work) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return
  const start = Date.now()
  rmSync(stampFile, { force: true })
  work()
  writeFileSync(stampFile, key)
  console.log(`set-up: ${what} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
}

/** All files below a folder, sorted, but for those in folders of the given names. */
function filesBelow(folder, leaveOut) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !leaveOut.includes(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path, leaveOut) : [path]
    })
    .sort((a, b) => (a < b ? -1 : 1))
}

/** One hash over the names and contents of files. */
function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

/** npm, as the npm that started us or as the PATH has it. */
function npm(what, args) {
  const started = process.env.npm_execpath
  if (started?.endsWith('.js')) run(what, process.execPath, [started, ...args])
  else run(what, 'npm', args, { shell: process.platform === 'win32' })
}

function installPackages() {
  const key = `${hashOf([at('package-lock.json')])} node ${process.version} ${process.platform}-${process.arch}`
  // --include=dev: NODE_ENV=production in the caller's environment would leave the compiler out.
  unlessStamped(at('node_modules', '.lastack-setup'), key, 'packages installed', () =>
    npm('npm ci', ['ci', '--include=dev']),
  )
}

function buildLibrary() {
  run('the build (tsc -b src)', process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-b', at('src')])
}

/** Runs vite, and what it prints is shown only when it fails. */
function vite(what, args, cwd = ROOT) {
  run(what, process.execPath, [at('node_modules', 'vite', 'bin', 'vite.js'), 'build', ...args], { cwd })
}

function buildCommand() {
  const library = filesBelow(at('dist'), ['console', 'lab', 'command']).filter((file) => file.endsWith('.js'))
  const config = at('scripts', 'command.config.ts')
  const key = hashOf([...library, config, at('package-lock.json')])
  unlessStamped(at('dist', '.command-stamp'), key, 'command bundled', () =>
    vite('the bundle of the command (vite build)', ['--config', config]),
  )
  // The compiler may have written its notes anew and changed nothing: the bundle is as fresh as they are.
  const now = new Date()
  utimesSync(at('dist', 'command', 'main.js'), now, now)
}

function buildConsole() {
  const home = at('apps', 'console')
  if (!existsSync(join(home, 'index.html'))) return
  const out = at('dist', 'console')
  const library = filesBelow(at('dist'), ['console', 'lab', 'cli', 'command']).filter((file) => file.endsWith('.js'))
  const key = hashOf([...filesBelow(home, ['node_modules', 'dist']), ...library, at('package-lock.json')])
  unlessStamped(at('dist', '.console-stamp'), key, 'console built', () =>
    vite('the console build (vite build)', ['--outDir', out, '--emptyOutDir'], home),
  )
}

// A Ctrl-C reaches the program we wait for as well; it ends, we see it fail, and the lock file is removed on the way out.
process.on('SIGINT', () => {
  process.exitCode = 130
})

try {
  checkNode()
  await alone(() => {
    installPackages()
    buildLibrary()
    buildCommand()
    buildConsole()
  })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`lastack set-up: ${error.message}`)
  process.exitCode ??= 1
}
