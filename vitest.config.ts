import { defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'
const browser = '**/*.browser.test.ts'
const elsewhere = ['**/node_modules/**', 'pcaps/lab/**', 'ui/dist/**']

/** Three suites: fast ones on every change, slow ones and the browser under their own commands. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['**/*.test.ts', '**/*.test.tsx'],
          exclude: [...elsewhere, slow, browser],
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
    ],
  },
})
