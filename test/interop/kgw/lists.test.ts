import { KGW, KGW_HF, TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { idsDigest } from '../peer-vectors.ts';
import { contextSalt, greenIds, lastSalt, type OpenMark, seedMark, wordsFrom } from './seed-marks.ts';
import { HF_GREEN_LISTS, HF_LOGITS, LMW_GREEN_LISTS, LMW_LOGITS } from './vectors.ts';

interface ExpectedList {
  readonly seed: string;
  readonly size: number;
  readonly first40: readonly number[];
  readonly sha256_sorted: string;
}

/** Fails unless a torch seed gives the list that the peer says, and returns the ids. */
function expectList(expected: ExpectedList, vocabSize: number, end: 'first' | 'last'): Set<number> {
  const permuted = new TorchRandom(BigInt(expected.seed)).randPerm(vocabSize);
  const listed = end === 'first' ? permuted.subarray(0, expected.size) : permuted.subarray(-expected.size);
  expect([...listed.subarray(0, 40)]).toEqual(expected.first40);
  expect(idsDigest(Uint32Array.from(listed).sort())).toBe(expected.sha256_sorted);
  return new Set(listed);
}

/** Fails unless the last token's seed is the peer's: salts tell all seeds of 32 bits apart. */
function expectSeed(mark: OpenMark, tokenIds: readonly number[], seed: string): void {
  const low = Number(BigInt.asUintN(32, BigInt(seed)));
  expect(lastSalt(mark, tokenIds)).toEqual(contextSalt(seedMark(100, 0.5), [low]));
}

function describeCase(params: Readonly<Record<string, unknown>>): string {
  return Object.values(params).join(' ');
}

describe('KGW_HF', () => {
  it.each(HF_GREEN_LISTS.map((one, i) => ({ ...one, name: `${i}: ${describeCase(one.params)}` })))(
    'lists what transformers lists, $name',
    ({ params: { vocab_size, ...config }, inputs: { input_seq }, expected }) => {
      const mark = KGW_HF.open(KGW_HF.config.parse(config), vocab_size);
      expect(mark.wordScore.nullLaw).toEqual({
        kind: 'drawn-lists',
        listed: expected.size,
        vocabSize: vocab_size,
      });
      const listed = expectList(expected, vocab_size, 'first');
      const selfSalted = config.seeding_scheme === 'selfhash';
      // The peer's windows of lefthash have no candidate behind them.
      const text = selfSalted ? input_seq : [...input_seq, expected.first40[7]!];
      expectSeed(mark, text, expected.seed);
      expect(wordsFrom(mark, text, text.length - 1)).toEqual([listed.has(text.at(-1)!) ? 1 : 0]);
      if (selfSalted) return;
      const ids = greenIds(mark, input_seq.slice(-1), vocab_size);
      expect(idsDigest(ids)).toBe(expected.sha256_sorted);
    },
  );

  it.each(HF_LOGITS.map((one, i) => ({ ...one, name: `${i}: ${describeCase(one.params)}` })))(
    'biases the logits that transformers biases, $name',
    ({ params: { vocab_size, ...config }, inputs, expected }) => {
      const mark = KGW_HF.open(KGW_HF.config.parse(config), vocab_size);
      expectLogits(mark, inputs.input_ids, inputs.scores, expected);
    },
  );
});

describe('KGW', () => {
  it.each(LMW_GREEN_LISTS.map((one, i) => ({ ...one, name: `${i}: ${describeCase(one.params)}` })))(
    'lists what lm-watermarking lists, $name',
    ({ params, inputs: { input_ids }, expected }) => {
      const { gamma, seeding_scheme, hash_key, select_green_tokens, vocab_size } = params;
      const config = KGW.config.parse({ gamma, seeding_scheme, select_green_tokens });
      expect(config.hash_key).toBe(BigInt(hash_key));
      const mark = KGW.open(config, vocab_size);
      const before = params.context_width - (params.self_salt ? 1 : 0);
      expect(mark.source.contextWidth).toBe(before);
      expect(BigInt(expected.seed)).toBe(floorMod(BigInt(expected.prf_key!), 2n ** 64n - 1n));
      const listed = expectList(expected, vocab_size, select_green_tokens ? 'first' : 'last');
      const text = params.self_salt ? input_ids : [...input_ids, expected.first40[7]!];
      expectSeed(mark, text, expected.seed);
      expect(wordsFrom(mark, text, text.length - 1)).toEqual([listed.has(text.at(-1)!) ? 1 : 0]);
      if (params.self_salt) return;
      expect(idsDigest(greenIds(mark, input_ids.slice(-before), vocab_size))).toBe(expected.sha256_sorted);
    },
  );

  it.each(LMW_LOGITS.map((one, i) => ({ ...one, name: `${i}: ${describeCase(one.params)}` })))(
    'biases the logits that lm-watermarking biases, $name',
    ({ params: { vocab_size, ...config }, inputs, expected }) => {
      expectLogits(KGW.open(KGW.config.parse(config), vocab_size), inputs.input_ids, inputs.scores, expected);
    },
  );
});

function expectLogits(
  mark: OpenMark,
  tokenIds: readonly number[],
  scores: readonly number[],
  expected: { readonly biased_ids: readonly number[]; readonly out: readonly number[] },
): void {
  const logits = Float64Array.from(scores);
  mark.startProcessor!(tokenIds.length).process(tokenIds, logits);
  expect([...logits]).toEqual(expected.out);
  expect([...logits.keys()].filter((id) => logits[id] !== scores[id])).toEqual(expected.biased_ids);
  const single = Float32Array.from(scores);
  mark.startProcessor!(tokenIds.length).process(tokenIds, single);
  expect([...single.keys()].filter((id) => single[id] !== Math.fround(scores[id]!))).toEqual(
    expected.biased_ids,
  );
}

function floorMod(value: bigint, modulus: bigint): bigint {
  return ((value % modulus) + modulus) % modulus;
}
