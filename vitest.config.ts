import { defineConfig } from 'vitest/config';

const conditions = ['@countermark/source'];

// The quick suite; the statistical one has a config of its own (vitest.slow.config.ts).
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/statistical/**'],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
