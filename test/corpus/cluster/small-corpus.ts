/** A corpus of token ids that is scanned in a second, and what one scan of it on one machine yields. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatKeyFile, seededRandom } from '@countermark/watermark';
import { afterAll, expect } from 'vitest';
import { COMMAND, run } from '../../cli/command.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';

/** Files, and so shards: each is far smaller than a shard may be. */
export const SHARDS = 5;
/** How the corpus is read. */
export const READING: readonly string[] = ['--input-format', 'bin', '--id-bytes', '2', '--end-of-text', '0'];

const VOCABULARY = 1000;
const DOCUMENTS = 20;
const TOKENS = 200;

/** Where things are. */
export interface SmallCorpus {
  /** A directory of its own, removed after the tests. */
  readonly directory: string;
  readonly key: string;
  readonly corpus: string;
  /** The result of one scan. */
  readonly whole: string;
}

/** Makes the corpus, every fifth document of it marked, and scans it at once. */
export async function makeSmallCorpus(): Promise<SmallCorpus> {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-cluster-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const secret = keyFrom('cluster', VOCABULARY, { commonShare: 0.9, accountShare: 0 });
  const key = join(directory, 'key.json');
  writeFileSync(key, formatKeyFile(secret), { mode: 0o600 });
  const corpus = join(directory, 'corpus');
  mkdirSync(corpus);
  const random = seededRandom('cluster corpus');
  for (let file = 0; file < SHARDS; file++) {
    const ids = Array.from({ length: DOCUMENTS }, (_, i) => {
      const content =
        i % 5 === 0
          ? markedIds(secret, undefined, TOKENS, `${file} ${i}`)
          : randomIds(random, TOKENS, VOCABULARY);
      // 0 ends a document.
      return [...content.map((id) => Math.max(1, id)), 0];
    });
    writeFileSync(join(corpus, `${file}.bin`), Uint16Array.from(ids.flat()));
  }
  const whole = join(directory, 'whole');
  await succeed(['scan', corpus, '--key', key, '--out', whole, ...READING]);
  return { directory, key, corpus, whole };
}

/** Runs the command, which has to succeed. */
export async function succeed(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env });
  if (status !== 0) throw new Error(`countermark ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Writes a `countermark` command into a directory and returns what finds it there: a PATH. */
export function pathWithCommand(directory: string): string {
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`;
  writeFileSync(join(bin, 'countermark'), script, { mode: 0o755 });
  return `${bin}:${process.env['PATH']}`;
}

/**
 * Expects two results to be the same, byte for byte. The page tells the command that made it, and nothing else differs.
 *
 * @param parts the parts that `found` was merged from, if they are in a directory.
 */
export function expectSameResult(found: string, whole: string, parts?: string): void {
  for (const name of ['summary.json', 'documents.parquet']) {
    expect(readFileSync(join(found, name)).equals(readFileSync(join(whole, name))), name).toBe(true);
  }
  expect(pageWithoutCommand(found)).toBe(pageWithoutCommand(whole));
  if (parts === undefined) return;
  const names = readdirSync(parts).sort();
  expect(names).toHaveLength(SHARDS);
  expect(names).toEqual(readdirSync(join(whole, 'parts')).sort());
  for (const name of names) {
    expect(readFileSync(join(parts, name)).equals(readFileSync(join(whole, 'parts', name))), name).toBe(true);
  }
}

function pageWithoutCommand(directory: string): string {
  const page = readFileSync(join(directory, 'report.html'), 'utf8');
  const cut = page.replace(/countermark (?:plan|scan|merge) [^<]*/g, 'COMMAND');
  expect(cut).not.toBe(page);
  return cut;
}
