#!/usr/bin/env node
// This file is committed, and the command is compiled: a bin inside dist/ would lose its executable mode at each build.
import { readdirSync, statSync } from 'node:fs'

const dist = new URL('../dist/', import.meta.url)

/** When a file of dist/ was written, ms since 1970; 0 when there is none. */
const written = (path) => statSync(new URL(path, dist), { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * dist/command is the command in a few files, which are loaded in a third of the time. The modules that they were made of run
 * themselves when they are newer: somebody has called the compiler, and not the set-up.
 */
function isBundleFresh() {
  const bundled = written('command/main.js')
  const rooms = bundled === 0 ? [] : readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return bundled > 0 && rooms.every(({ name }) => written(`${name}/tsconfig.tsbuildinfo`) <= bundled)
}

const main = isBundleFresh() ? 'command/main.js' : 'cli/main.js'

if (written(main) > 0) {
  await import(new URL(main, dist).href)
} else {
  process.stderr.write(
    'lastack: not built yet (dist/cli/main.js is missing): run `npm start` or `npm run build` once\n',
  )
  process.exitCode = 2
}
