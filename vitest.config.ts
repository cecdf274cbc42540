import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// `node` picks what the packages keep for Node alone (their `imports`).
const conditions = ['@countermark/source', 'node'];

const EXCLUDED = [
  '**/node_modules/**',
  'test/statistical/**',
  'test/corpus/cluster/**',
  'test/server/postgres/**',
  '**/*.slow.test.ts',
  // What scripts/other-node.mjs leaves out: projects take no --exclude.
  ...(process.env['COUNTERMARK_TESTS_WITHOUT']?.split(' ') ?? []),
];

// A file that replaces modules, timers or globals has a process of its own modules. All others share what a worker has loaded, which saves half of the
// suite's work: most files need the same packages. One that spies puts back what it spied on.
const files = sourcesIn('test').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const isolated = files
  .filter(
    ({ path, text }) =>
      path.endsWith('.test.ts') && /\bvi\.(mock|doMock|stubGlobal|useFakeTimers)\b/.test(text),
  )
  .map(({ path }) => path);

// What stands at the top of a shared module runs once a worker, so a hook there would be that of the first file alone.
const hooked = files.find(
  ({ path, text }) => !path.endsWith('.test.ts') && /^(before|after)(All|Each)\(/m.test(text),
);
if (hooked !== undefined)
  throw new Error(`${hooked.path}: register hooks in a function that each test file calls`);

// `readdirSync` with `recursive` follows the links between packages in node_modules, hundreds of thousands of paths.
function sourcesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

// The quick suite; statistics, what needs a cluster and *.slow.test.ts have a config of their own (vitest.slow.config.ts).
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A hook may start a server, a database or a process, on a machine that other work slows down.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 240_000 } },
    // One more than the two cores that the suite is made for: some tests wait, for a lock to be stale or a limit to be reached.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...EXCLUDED, ...isolated],
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated, exclude: EXCLUDED } },
    ],
  },
});
