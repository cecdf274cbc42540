import { defineConfig } from 'vitest/config';

const conditions = ['@countermark/source'];

// The statistical suite: calibration, power and the choices' measurements. Minutes, not seconds.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/statistical/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
