import { defineConfig, type Plugin } from 'vite'

/** What a sysctl is for is told by `lastack sysctl`; the page says nothing of it, and what it loads is bounded. */
const leavesOutSysctlSentences: Plugin = {
  name: 'leaves-out-sysctl-sentences',
  transform(code, id) {
    if (!/\/stack\/personalities\/[\w-]+\.js$/.test(id)) return null
    const lean = code.replace(/\bdescription:\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g, "description: ''")
    return { code: lean, map: null }
  },
}

/** Options that a socket keeps and tells, or refuses, and that change nothing else: no program of the lab asks for one. */
const IDLE_OPTIONS: Readonly<Record<string, string>> = {
  kept: 'export const keptOptions = []',
  'kept-ip': 'export const keptIpOptions = []',
  'bsd-kept': 'export const bsdKeptOptions = []',
  'so-answers': 'export const soAnswers = []',
  refused: 'export const refusalOf = () => undefined',
}

const leavesOutIdleOptions: Plugin = {
  name: 'leaves-out-idle-options',
  transform(_code, id) {
    const [, name = ''] = /\/stack\/options\/([\w-]+)\.js$/.exec(id) ?? []
    const lean = IDLE_OPTIONS[name]
    return lean === undefined ? null : { code: lean, map: null }
  },
}

/** The WebAssembly module stands in its file as octets with their text beside them; the octets are enough. */
const leavesOutWasmText: Plugin = {
  name: 'leaves-out-wasm-text',
  transform(code, id) {
    if (!id.endsWith('/base/checksum-wasm.js')) return null
    return { code: code.replace(/ +;;.*$/gm, ''), map: null }
  },
}

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the same build serves under any path, and later from a static file server.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A file inlined as data: would be refused by the console's own Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Which file needs which: a test weighs what a view loads.
    manifest: true,
  },
  worker: { format: 'es', plugins: () => [leavesOutSysctlSentences, leavesOutIdleOptions, leavesOutWasmText] },
  server: {
    // While developing: `npx lastack serve` gives the data, Vite the page.
    proxy: { '/api': 'http://127.0.0.1:7788' },
  },
})
