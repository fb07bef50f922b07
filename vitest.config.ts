import { defineConfig } from 'vitest/config'

const SECOND = 1000

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
        // Real kernel, real processes, real time: one file at a time, or the timings of one disturb those of another.
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120 * SECOND,
          hookTimeout: 60 * SECOND,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
        },
      },
    ],
  },
})
