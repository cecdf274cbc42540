/** A whole corpus as one test: what many shards hold, each tuple once. */
import { Detector } from '@countermark/detector';
import { CorpusSample, DocumentScorer, type ThresholdSampleOptions } from '@countermark/detector/corpus';
import { seededRandom } from '@countermark/watermark';
import { createScheme, type WatermarkKey } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { keyFrom, randomIds, SCHEMES } from '../../support/random-key.ts';

const VOCABULARY = 400;

/** Documents of which each begins like others, and some are there again. */
function repetitive(seed: number, count: number): Uint32Array[] {
  const random = seededRandom(`repetitive ${seed}`);
  const openings = Array.from({ length: 3 }, () => randomIds(random, 120, VOCABULARY));
  return Array.from({ length: count }, (_, i) =>
    Uint32Array.from([...openings[i % 3]!, ...randomIds(random, 10, VOCABULARY)]),
  );
}

/** Scans shards each by itself, and unites their samples. */
function unite(
  key: WatermarkKey,
  shards: readonly (readonly Uint32Array[])[],
  options: ThresholdSampleOptions = {},
): CorpusSample {
  const corpus = new CorpusSample(key, options);
  for (const documents of shards) {
    const scorer = new DocumentScorer([key], { sample: options });
    for (const document of documents) scorer.score([document]);
    for (const sample of scorer.samples()) corpus.merge(sample);
    scorer.close();
  }
  return corpus;
}

function split<T>(list: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, shard) => list.filter((_, i) => i % count === shard));
}

describe.each(SCHEMES)('CorpusSample under $kind', (scheme) => {
  const key = keyFrom('corpus', VOCABULARY, { scheme });

  it('is, while everything fits, the test of one document with all of the corpus in it', () => {
    const documents = repetitive(1, 60);
    const scorer = new DocumentScorer([key]);
    // As segments: contexts that reach from one document to the next are in no corpus.
    const whole = scorer.score(documents);
    scorer.close();
    for (const shards of [1, 2, 7]) {
      const corpus = unite(key, split(documents, shards));
      const { scored, log10PValue, level, sum } = corpus.test();
      expect({ scored, log10PValue, level }).toEqual({
        scored: whole.scored,
        log10PValue: whole.log10PValue,
        level: 0,
      });
      // The e-value depends on the counts of words alone.
      expect(corpus.log10EValue()).toBe(whole.log10EValue);
      expect(sum).toBe(sumOf(key, documents));
    }
    const one = repetitive(2, 1)[0]!;
    const detector = new Detector([key]);
    const { log10RawPValue, scored, statistic } = detector.detect(one);
    detector.close();
    const { zScore, sum } = statistic;
    expect(unite(key, [[one]]).test()).toMatchObject({ log10PValue: log10RawPValue, scored, zScore, sum });
  });

  it('says the same of any cut into shards where the level rises', () => {
    const documents = repetitive(3, 200);
    const options = { size: 256 };
    const whole = unite(key, [documents], options).test();
    expect(whole.level).toBeGreaterThan(0);
    expect(whole.scored).toBeLessThanOrEqual(256);
    for (const shards of [2, 5, 40])
      expect(unite(key, split(documents, shards), options).test()).toEqual(whole);
    expect(unite(key, split([...documents, ...documents].reverse(), 3), options).test()).toEqual(whole);
  });
});

describe('CorpusSample', () => {
  it('says nothing of an empty corpus, nor of documents without a scored tuple', () => {
    const key = keyFrom('corpus', VOCABULARY);
    for (const shards of [[], [[]], [[Uint32Array.of(1, 2, 3)]]]) {
      const corpus = unite(key, shards);
      expect(corpus.test()).toEqual({ log10PValue: 0, scored: 0, sum: 0, zScore: 0, level: 0 });
      expect(corpus.log10EValue()).toBe(0);
    }
  });

  it('holds its level on a corpus of shared openings and copies, which counting every occurrence does not', () => {
    // 300 keys: 100 documents that share three openings, the most part of each, and ten of them ten times more.
    const documents = repetitive(4, 100);
    const corpus = [...documents, ...Array.from({ length: 10 }, () => documents.slice(0, 10)).flat()];
    const joined = Uint32Array.from(corpus.flatMap((document) => [...document]));
    const once: number[] = [];
    const every: number[] = [];
    for (let i = 0; i < 300; i++) {
      const key = keyFrom(`control ${i}`, VOCABULARY);
      once.push(unite(key, split(corpus, 2)).test().log10PValue);
      const detector = new Detector([key], { dedup: 'none' });
      every.push(detector.detect(joined).log10PValue);
      detector.close();
    }
    const share = (values: readonly number[], alpha: number): number =>
      values.filter((value) => value <= Math.log10(alpha)).length / values.length;
    for (const alpha of [0.1, 0.01]) {
      // 4.9 standard errors.
      const bound = alpha + 4.9 * Math.sqrt((alpha * (1 - alpha)) / 300);
      expect(share(once, alpha)).toBeLessThanOrEqual(bound);
      // Every score some dozens of times: a standard deviation several times that of the null law.
      expect(share(every, alpha)).toBeGreaterThan(0.2);
    }
  });

  it('has a running e-value that exceeds 1 / α with probability at most α, however often the level rises', () => {
    const shards = split(repetitive(5, 120), 12);
    const runs = 400;
    let exceeded = 0;
    for (let i = 0; i < runs; i++) {
      const key = keyFrom(`running ${i}`, VOCABULARY);
      const options = { size: 64 };
      const corpus = new CorpusSample(key, options);
      let highest = 0;
      for (const documents of shards) {
        const scorer = new DocumentScorer([key], { sample: options });
        for (const document of documents) scorer.score([document]);
        corpus.merge(scorer.samples()[0]!);
        scorer.close();
        highest = Math.max(highest, corpus.log10EValue());
      }
      if (highest >= 1) exceeded++;
    }
    // Ville, and 4.9 standard errors.
    expect(exceeded / runs).toBeLessThanOrEqual(0.1 + 4.9 * Math.sqrt(0.09 / runs));
  });
});

/** The sum of the scores of all different tuples, by a plain list of them. */
function sumOf(key: WatermarkKey, documents: readonly Uint32Array[]): number {
  const scorer = new DocumentScorer([key]);
  const { score } = createScheme(key.params.scheme);
  for (const document of documents) scorer.score([document]);
  const sum = [...scorer.samples()[0]!.values()].reduce((total, word) => total + score(word), 0);
  scorer.close();
  return sum;
}
