/**
 * The lastack command: reads arguments, asks the rooms, prints what they say. This file is the program that bin/lastack.js starts.
 * It decides nothing about TCP or about the host, and keeps no copy of what another room knows.
 * Each command is a file in commands/; what it needs is loaded when it runs.
 */
import { processIo } from './io.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), processIo())
