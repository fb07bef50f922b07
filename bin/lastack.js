#!/usr/bin/env node
// This file is committed, and the command is compiled: a bin inside dist/ would lose its executable mode at each build.
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write(
    'lastack: not built yet (dist/cli/main.js is missing): run `npm start` or `npm run build` once\n',
  )
  process.exitCode = 2
}
