/** Keys and answers that several tests of the command start from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { createParams, formatKeyFile, type SchemeParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll } from 'vitest';
import { z } from 'zod';
import { runJson } from './command.ts';

/** What the tests let the model answer. */
export const PROMPT = 'The state of the nation is';

/** Makes a directory for a test file; it is removed after the tests. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-cli-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  return directory;
}

/**
 * Returns a key for the bundled model's tokenizer that is the same in every run.
 *
 * @param byte   what each byte of the secret is.
 * @param scheme default gumbel.
 */
export async function demoKey(
  byte: number,
  scheme: SchemeParams = { kind: 'gumbel' },
): Promise<WatermarkKey> {
  const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
  const { vocabSize, fingerprint } = tokenizer;
  tokenizer.close();
  const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint }, scheme });
  return new WatermarkKey(params, new Uint8Array(32).fill(byte));
}

/** Writes a key file and returns its path. */
export function writeKey(path: string, key: WatermarkKey): string {
  writeFileSync(path, formatKeyFile(key), { mode: 0o600 });
  return path;
}

/** What `generate --format json` prints. */
export const Generation = z.looseObject({
  object: z.literal('generation'),
  model: z.string(),
  watermarked: z.boolean(),
  text: z.string(),
  tokenIds: z.array(z.int()),
  promptTokenIds: z.array(z.int()),
  finishReason: z.enum(['stop', 'length']),
});

/** What `generate --format json` prints. */
export type Generation = z.output<typeof Generation>;

/**
 * Lets the bundled model answer with at least 200 tokens.
 *
 * @param args the key and whatever else matters; seeds are tried in turn, as the model may end an answer early.
 */
export async function longAnswer(args: readonly string[]): Promise<Generation> {
  for (let seed = 1; seed <= 10; seed++) {
    const answer = await generate(['--prompt', PROMPT, '--max-tokens', '250', '--seed', `${seed}`, ...args]);
    if (answer.tokenIds.length >= 200) return answer;
  }
  throw new Error('ten answers in a row were shorter than 200 tokens');
}

/** Runs `generate --model demo --format json`; a `--model` in `args` overrules. */
export async function generate(args: readonly string[]): Promise<Generation> {
  return Generation.parse(await runJson(['generate', '--model', 'demo', '--format', 'json', ...args]));
}
