/** Bundles of the packages' entries as esbuild makes them for hosts without Node's modules. */
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Hosts, by the options that bundlers have for them; the last has Node's modules. */
const TARGETS = {
  browser: { platform: 'browser' },
  'edge worker': { platform: 'neutral', conditions: ['workerd', 'worker', 'edge-light', 'import'] },
  node: { platform: 'node' },
} as const;

/** The hosts without Node's modules. */
export const HOSTS: readonly ('browser' | 'edge worker')[] = ['browser', 'edge worker'];

/** Where the packages' modules come from: what vitest runs, and what is published. */
export const ORIGINS = { sources: ['@countermark/source'], build: [] } as const;

/** The entries that docs/runtimes.md promises to browsers and workers. */
export const PORTABLE_ENTRIES: readonly string[] = [
  '@countermark/watermark',
  '@countermark/watermark/scheme',
  '@countermark/watermark/prf',
  '@countermark/watermark/interop',
  '@countermark/watermark/tokenizer',
  '@countermark/watermark/integrations/transformers',
  '@countermark/detector',
  '@countermark/detector/stats',
  '@countermark/detector/evidence',
  '@countermark/detector/plan',
  '@countermark/detector/weights',
  '@countermark/detector/report',
  '@countermark/detector/corpus',
  '@countermark/report',
];

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
// An engine, which a page brings itself.
const ENGINE = '@huggingface/transformers';
// Megabytes that take a second to bundle.
const RANKS = 'tiktoken/encoders/*';

/** One bundle: what loads at once, and the parts that are loaded when they are asked for. */
export interface Bundle {
  /** Modules that the bundle asks its host for, without what was left out on purpose. */
  readonly missing: readonly string[];
  /** The code of each file by its name; the entry is `entry.js`. */
  readonly files: ReadonlyMap<string, string>;
  /** Bytes of the entry with the parts that it imports at once: minified, and minified and compressed. */
  readonly size: { readonly minified: number; readonly compressed: number };
}

/** What a bundle is made of and for. */
export interface BundleOptions {
  readonly host: keyof typeof TARGETS;
  readonly origin: keyof typeof ORIGINS;
  /** Whether the ranks of tiktoken's encodings are bundled, each as a part of its own (default false: they are left out). */
  readonly withRanks?: boolean;
}

/**
 * Bundles a program, minified.
 *
 * @param code an ES module that may import the packages.
 */
export async function bundle(
  code: string,
  { host, origin, withRanks = false }: BundleOptions,
): Promise<Bundle> {
  const { platform, ...more } = TARGETS[host];
  const given = 'conditions' in more ? more.conditions : [];
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: FOLDER, sourcefile: 'entry.js' },
    outdir: 'bundle',
    entryNames: 'entry',
    chunkNames: 'part-[hash]',
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform,
    conditions: [...ORIGINS[origin], ...given],
    // Named, so that each is counted below instead of stopping the build at the first.
    external: [ENGINE, ...(withRanks ? [] : [RANKS]), 'node:*', ...builtinModules],
    logLevel: 'silent',
  });
  const files = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*[/\\]/, ''), text]));
  const outputs = Object.entries(metafile.outputs).map(
    ([path, output]) => [path.replace(/^.*\//, ''), output] as const,
  );
  const imports = outputs.flatMap(([, output]) => output.imports);
  const isMissing = (path: string): boolean => path !== ENGINE && !path.startsWith(RANKS.slice(0, -1));
  const missing = new Set(
    imports.filter(({ external, path }) => external === true && isMissing(path)).map(({ path }) => path),
  );
  const atOnce = new Set(['entry.js']);
  for (const name of atOnce) {
    const output = outputs.find(([path]) => path === name)?.[1];
    for (const { path, kind, external } of output?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) atOnce.add(path.replace(/^.*\//, ''));
    }
  }
  const codes = [...atOnce].map((name) => files.get(name) ?? '');
  const sum = (bytesOf: (code: string) => number): number =>
    codes.reduce((total, code) => total + bytesOf(code), 0);
  return {
    missing: [...missing].sort(),
    files,
    size: {
      minified: sum((code) => Buffer.byteLength(code)),
      compressed: sum((code) => gzipSync(code, { level: 9 }).length),
    },
  };
}
