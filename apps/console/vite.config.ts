import { defineConfig } from 'vite'

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
  worker: { format: 'es' },
  server: {
    // While developing: `npx lastack serve` gives the data, Vite the page.
    proxy: { '/api': 'http://127.0.0.1:7788' },
  },
})
