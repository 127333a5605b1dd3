import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// "fast" needs no server and no installed package; "slow" starts Postgres, child processes and npm.
const slow = [
  'test/store/**/*.test.ts',
  'test/backfill/**/*.test.ts',
  'test/update/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/docs/**/*.test.ts',
];

/** Examples import the package by its name, as users do. */
const host = fileURLToPath(new URL('./host/index.ts', import.meta.url));
const resolve = { alias: [{ find: /^windrow$/, replacement: host }] };

// Inherited by the processes of tests and by their threads; test/support/compileCache.ts says why.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('./build/compile-cache', import.meta.url));

export default defineConfig({
  test: {
    // by default a core is left free, which of two is half
    maxWorkers: '100%',
    globalSetup: 'test/support/compileCache.ts',
    // the report is what .ci/run counts
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...slow, '**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { resolve, test: { name: 'slow', include: slow, testTimeout: 240_000, hookTimeout: 240_000 } },
    ],
  },
});
