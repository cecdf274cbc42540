import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Bundle, type BundleOptions, bundle, HOSTS, ORIGINS, PORTABLE_ENTRIES } from './bundle.ts';

const origins = Object.keys(ORIGINS) as (keyof typeof ORIGINS)[];
const page = readFileSync(new URL('../../docs/runtimes.md', import.meta.url), 'utf8');

function expectPortable({ missing, files }: Bundle): void {
  expect(missing).toEqual([]);
  expect(files.size).toBeGreaterThan(0);
  for (const code of files.values()) expect(code).not.toMatch(/\brequire\(|["'`]node:/);
}

// The bundles of the package that is published, which the page has a table of.
const BROWSER: BundleOptions = { host: 'browser', origin: 'build' };

describe.each(HOSTS.flatMap((host) => origins.map((origin) => ({ host, origin }))))(
  'a bundle for a $host, from the $origin',
  (options) => {
    it.each(PORTABLE_ENTRIES)('asks for no module of Node: %s', async (entry) => {
      expectPortable(await bundle(`export * from '${entry}';`, options));
    });

    it("asks for none with the ranks of tiktoken's encodings", async () => {
      const made = await bundle("export * from '@countermark/watermark/tokenizer';", {
        ...options,
        withRanks: true,
      });
      expectPortable(made);
      // Each encoding is a part of its own, so that a page loads the one it asks for.
      const parts = [...made.files].filter(([, code]) => code.includes('bpe_ranks') && code.length > 500_000);
      expect(parts).toHaveLength(6);
    });
  },
);

describe('the size of a bundle', () => {
  it.each(PORTABLE_ENTRIES)('is what docs/runtimes.md says: %s', async (entry) => {
    const { size } = await bundle(`export * from '${entry}';`, BROWSER);
    const [minified, compressed] = [size.minified, size.compressed].map((bytes) => bytes / 1000) as [
      number,
      number,
    ];
    console.log(`${entry}: ${minified.toFixed(1)} kB minified, ${compressed.toFixed(1)} kB compressed`);
    const row = page.split('\n').find((line) => line.startsWith(`| \`${entry}\` |`));
    const [, , written, packed] = row?.split('|').map((cell) => Number.parseFloat(cell)) ?? [];
    // A page may be a tenth behind, and a small entry a kilobyte.
    expect(Math.abs((written ?? 0) - minified)).toBeLessThan(0.1 * minified + 1);
    expect(Math.abs((packed ?? 0) - compressed)).toBeLessThan(0.1 * compressed + 1);
  });
});

describe('the check itself', () => {
  it('finds a module of Node', async () => {
    const { missing } = await bundle(
      "import { hash } from 'node:crypto';\nexport const digest = hash;",
      BROWSER,
    );
    expect(missing).toEqual(['node:crypto']);
  });
});
