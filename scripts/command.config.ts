// Bundles the command into a few files, dist/command: to load the three hundred of the library takes longer than most commands do.
// All lie in one folder, as deep as dist/cli, so that what a module finds beside itself or in the package it finds there too.
import { defineConfig } from 'vite'

/**
 * What so many commands need is one file, and each has the rest for itself: a file more costs a millisecond, and 100 KB that nobody
 * needs cost three. With 7, `ss` loads five files of 200 KB together.
 */
const COMMON = 7

export default defineConfig({
  publicDir: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    outDir: 'dist/command',
    emptyOutDir: true,
    rolldownOptions: {
      // The relay is a worker: a program of its own.
      input: { main: 'dist/cli/main.js', relay: 'dist/host/inspector/relay.js' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        codeSplitting: {
          groups: [
            // Without the program itself: it waits for a command, and no command may wait for it.
            { name: 'command', tags: ['$initial'], test: /[\\/]cli[\\/](?!main\.)/, priority: 2 },
            { name: 'common', minShareCount: COMMON },
          ],
        },
      },
    },
  },
})
