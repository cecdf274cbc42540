import { defineConfig } from 'vitest/config';

const conditions = ['@countermark/source'];

// The quick suite; the statistical one and what needs a cluster have a config of their own (vitest.slow.config.ts).
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/statistical/**', 'test/corpus/cluster/**'],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
