import { minify } from '@swc/core'
import { defineConfig, type Plugin, runnerImport } from 'vite'

/** A file `*.build.ts` runs when the page is built: what it exports, plain data, comes into the page, and what it was made of does not. */
const runsAtBuild: Plugin = {
  name: 'runs-at-build',
  async load(id) {
    if (!id.endsWith('.build.ts')) return null
    const { module } = await runnerImport<Record<string, unknown>>(id, { configFile: false })
    return Object.entries(module)
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
      .join('\n')
  },
}

/** The page shows no sentences about sysctls, which are a fiftieth of what the lab has to load: they stay out. */
const withoutSysctlTexts: Plugin = {
  name: 'without-sysctl-texts',
  transform(code, id) {
    if (!/\/stack\/personalities\/[\w-]+\.js$/.test(id)) return null
    return code.replace(/^(\s+description:)\s*(?:'[^'\n]*'|"[^"\n]*"|`[^`\n]*`)(?=,?$)/gm, "$1 ''")
  },
}

/** Beside Vite's own minifier, a second one, which takes another twentieth from what the lab has to load. */
const minified: Plugin = {
  name: 'minified',
  apply: 'build',
  renderChunk: (code) =>
    minify(code, {
      module: true,
      compress: { ecma: 2022, passes: 3, toplevel: true },
      mangle: { toplevel: true },
    }),
}

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the same build serves under any path, and later from a static file server.
  base: './',
  plugins: [runsAtBuild, withoutSysctlTexts, minified],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A file inlined as data: would be refused by the console's own Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es', plugins: () => [withoutSysctlTexts, minified] },
  server: {
    // While developing: `npx lastack serve` gives the data, Vite the page.
    proxy: { '/api': 'http://127.0.0.1:7788' },
  },
})
