import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectFileLayout, planScan } from '@countermark/corpus';
import { decoyKeys } from '@countermark/corpus/internal';
import { afterAll, describe, expect, it } from 'vitest';
import { decoyAnswers, ruleKey, shardAnswers } from '../../support/spec-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'countermark-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('decoyKeys', () => {
  it.each(decoyAnswers)('agrees with answer $tcId: $comment', (answer) => {
    const { canonicalParams, secretOfKey, seed, number, secret } = answer;
    const key = ruleKey(canonicalParams, secretOfKey);
    const decoy = decoyKeys([key], number + 1, seed)[number]!;
    expect(Buffer.from(decoy.exportSecret()).toString('hex')).toBe(secret);
    expect(decoy.fingerprint).toBe(key.fingerprint);
  });
});

describe('planScan', () => {
  it.each(shardAnswers)(
    'takes the shards of answer $tcId: $comment',
    async ({ seed, shards, share, taken }) => {
      const files = [];
      for (let i = 0; i < shards; i++) {
        const location = join(folder, `${i}.jsonl`);
        writeFileSync(location, `${JSON.stringify({ text: `document ${i}` })}\n`);
        files.push({ location, reading: (await detectFileLayout(location)).reading });
      }
      const { canonicalParams, secretOfKey } = decoyAnswers[0]!;
      const key = ruleKey(canonicalParams, secretOfKey);
      const manifest = await planScan([key], files, { sample: share, seed });
      expect(manifest.shards.map(({ file }) => file)).toEqual(taken);
    },
  );
});
