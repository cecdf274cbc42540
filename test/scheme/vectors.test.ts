import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accountCode,
  canonicalParams,
  createParams,
  createScheme,
  createWordSource,
  parseParams,
  slotLimits,
  slotOf,
} from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { documentAnswers, keyOf, markAnswers, scoreAnswers, slotAnswers } from '../support/spec-scheme.ts';

describe('spec-scheme.json', () => {
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!hasPython)('is what its generator writes', () => {
    const vectors = new URL('../vectors/', import.meta.url);
    const copy = mkdtempSync(join(tmpdir(), 'countermark-vectors-'));
    try {
      // The generator writes beside the folder it lies in.
      mkdirSync(join(copy, 'gen'));
      for (const name of ['prf.py', 'scheme.py']) {
        copyFileSync(new URL(`gen/${name}`, vectors), join(copy, 'gen', name));
      }
      const { status, stderr } = spawnSync('python3', [join(copy, 'gen', 'scheme.py')], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const written = readFileSync(join(copy, 'spec-scheme.json'), 'utf8');
      expect(written).toBe(readFileSync(new URL('spec-scheme.json', vectors), 'utf8'));
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('Scheme.score', () => {
  it.each(scoreAnswers)('agrees with answer $tcId: $comment', ({ scheme, words, scores }) => {
    const { score, sumScores } = createScheme(scheme);
    expect(words.map((word) => score(word))).toEqual(scores);
    // The sum must read `count` words and no more.
    const padded = Uint32Array.from([...words, 2 ** 32 - 1]);
    expect(sumScores(padded, words.length)).toBe(scores.reduce((sum, score) => sum + score, 0));
  });

  it('does not rest on the last bit of the logarithm, which differs between hosts', () => {
    // Control: were Math.log one unit in the last place lower, rounding down in double precision would go wrong here.
    const [word] = scoreAnswers.find(({ comment }) => comment.includes('hardest to round'))!.words;
    const lower = -Math.log(1 - word! / 2 ** 32) * (1 - 2 ** -52);
    expect(Math.floor(lower * 2 ** 20)).toBe(createScheme({ kind: 'gumbel' }).score(word!) - 1);
  });
});

describe('Scheme.nullLaw', () => {
  it.each(scoreAnswers.filter(({ greenLimit }) => greenLimit !== undefined))(
    'has the limit of answer $tcId: $comment',
    ({ scheme, greenLimit }) => {
      expect(createScheme(scheme).nullLaw).toEqual({ kind: 'binomial', numerator: greenLimit });
    },
  );

  it.each(scoreAnswers.filter(({ weights }) => weights !== undefined))(
    'has the weights of answer $tcId: $comment',
    ({ scheme, weights }) => {
      expect(createScheme(scheme).nullLaw).toEqual({
        kind: 'weighted-bits',
        weights: Uint32Array.from(weights!),
      });
    },
  );

  it('is a gamma law in units of 2^-20 for gumbel', () => {
    expect(createScheme({ kind: 'gumbel' }).nullLaw).toEqual({ kind: 'gamma', scale: 2 ** 20 });
  });
});

describe('slotOf', () => {
  it.each(slotAnswers)('agrees with answer $tcId: $comment', (answer) => {
    const { commonShare, accountShare, commonLimit, accountLimit, words, slots } = answer;
    const tokenizer = { name: 'none', vocabSize: 1, fingerprint: '0'.repeat(64) };
    const limits = slotLimits(createParams({ tokenizer, commonShare, accountShare }));
    expect(limits).toEqual({ commonLimit, accountLimit });
    expect(words.map((word) => slotOf(word, limits))).toEqual(slots);
  });
});

describe('a word that marks', () => {
  it.each(markAnswers)('is that of answer $tcId: $comment', (answer) => {
    const { accountId, context, tokenId, slotWord, slot, codePosition, symbol, word } = answer;
    const key = keyOf(answer);
    const { codeLength } = key.params;
    const source = createWordSource(key.schemeKey(), context.length);
    const header = new Uint32Array(4);
    source.contextHeader(Uint32Array.from(context), header);
    expect(header[0]).toBe(slotWord);
    expect(slotOf(slotWord, slotLimits(key.params))).toBe(slot);
    expect(header[1]! % codeLength).toBe(codePosition);
    if (slot === 'account') {
      expect(accountCode(key.accountKey(), accountId, codeLength)[codePosition]).toBe(symbol);
    }
    if (symbol === null) expect([slot, word]).toEqual(['free', null]);
    else {
      const found = new Uint32Array(1);
      source.candidateWords(Uint32Array.from(context), Uint32Array.of(tokenId), symbol, found);
      expect(found[0]).toBe(word);
    }
  });

  it('covers the three slots', () => {
    expect(new Set(markAnswers.map(({ slot }) => slot))).toEqual(new Set(['common', 'account', 'free']));
  });
});

describe('WatermarkKey', () => {
  it.each([...markAnswers, ...documentAnswers])('has the names of answer $tcId: $comment', (answer) => {
    const key = keyOf(answer);
    expect(canonicalParams(parseParams(JSON.parse(answer.canonicalParams)))).toBe(answer.canonicalParams);
    expect(key.fingerprint).toBe(answer.fingerprint);
    expect(key.keyId).toBe(answer.keyId);
  });
});
