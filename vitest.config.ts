import { defineConfig } from 'vitest/config'

const SECOND = 1000

/**
 * Kernel tests that live in network namespaces of their own, measure no time and ask the machine for nothing that another test may
 * change: two of them may run at once.
 */
const INDEPENDENT = [
  ...['cli', 'code', 'heal', 'host-sources', 'netstat-text', 'prometheus'],
  ...['ss-multipath', 'ss-text', 'tshark', 'watch'],
].map((name) => `test/kernel/${name}.test.ts`)

export default defineConfig({
  test: {
    // Two workers suit the smallest machine we support; more cores are used when they are there.
    maxWorkers: '100%',
    reporters: ['default'],
    projects: [
      {
        // Pure code and virtual time: cheap to share a worker, nothing global to spoil.
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          pool: 'forks',
          isolate: false,
          testTimeout: 60 * SECOND,
        },
      },
      {
        test: {
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 60 * SECOND,
        },
      },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 120 * SECOND,
        },
      },
      {
        test: {
          name: 'kernel-independent',
          include: INDEPENDENT,
          pool: 'forks',
          testTimeout: 120 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        // Real kernel, real processes, real time: one file at a time, or the timings of one disturb those of another.
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          exclude: INDEPENDENT,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        test: {
          // One Chromium for all. Pages wait more than they compute: two files at a time, each with pages of its own. No wait is
          // shorter than the slowest machine needs; each ends as soon as what it is for has happened.
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/browser/browsers.ts',
          pool: 'forks',
          // To load the server and the library anew for each file would take longer than most files do.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 180 * SECOND,
          hookTimeout: 300 * SECOND,
          // Chromium itself may fall silent, once in some thousand tests: those alone have another go, in a page of their own.
          retry: { count: 1, condition: /^Chromium did not answer|^Test timed out/ },
          expect: { poll: { timeout: 60 * SECOND, interval: 20 } },
        },
      },
    ],
  },
})
