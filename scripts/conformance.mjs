// `npm run conformance [ID…] [--all]`: shows that each requirement's tests fail when its line is broken; see test/conformance.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const { runnerImport } = await import('vite')
const { module } = await runnerImport(join(ROOT, 'test/conformance/prove.ts'), {
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
})
process.exitCode = (await module.prove(process.argv.slice(2))) === 0 ? 0 : 1
