import { defineConfig } from 'vitest/config';

// `node` picks what the packages keep for Node alone (their `imports`).
const conditions = ['@countermark/source', 'node'];

// The quick suite; statistics, what needs a cluster and *.slow.test.ts have a config of their own (vitest.slow.config.ts).
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'test/statistical/**',
      'test/corpus/cluster/**',
      'test/server/postgres/**',
      '**/*.slow.test.ts',
    ],
    // A hook may start a server, a database or a process, on a machine that other work slows down.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
