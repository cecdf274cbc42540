import { defineConfig } from 'vitest/config';

// `node` picks what the packages keep for Node alone (their `imports`).
const conditions = ['@countermark/source', 'node'];

// The slow suite: calibration, power and the choices' measurements, walks through whole commands, tests that start a cluster, a database
// or a browser. Minutes, not seconds.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'test/statistical/**/*.test.ts',
      'test/corpus/cluster/**/*.test.ts',
      'test/server/postgres/**/*.test.ts',
      'test/**/*.slow.test.ts',
    ],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 240_000 } },
    maxWorkers: 2,
  },
});
