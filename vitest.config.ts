import { defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'
const browser = '**/*.browser.test.ts'
const elastic = '**/*.elastic.test.ts'
const elsewhere = ['**/node_modules/**', 'pcaps/lab/**', 'ui/dist/**']

/** Fast ones on every change; slow ones, the browser and real servers under their own commands. */
export default defineConfig({
  test: {
    // Its own default leaves a processor free, which is half of two.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['**/*.test.ts', '**/*.test.tsx'],
          exclude: [...elsewhere, slow, browser, elastic],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: [slow],
          exclude: elsewhere,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: [browser],
          exclude: elsewhere,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'elastic',
          include: [elastic],
          globalSetup: ['analyzer/stores/servers/setup.ts'],
          exclude: elsewhere,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
