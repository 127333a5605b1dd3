import { defineConfig } from 'vitest/config';

// "fast" needs no server and no installed package; "slow" starts Postgres, child processes and npm.
const slow = [
  'test/store/**/*.test.ts',
  'test/backfill/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/docs/**/*.test.ts',
];

export default defineConfig({
  test: {
    // the report is what .ci/run counts
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
    projects: [
      {
        test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: slow, testTimeout: 120_000 },
      },
      { test: { name: 'slow', include: slow, testTimeout: 240_000, hookTimeout: 240_000 } },
    ],
  },
});
