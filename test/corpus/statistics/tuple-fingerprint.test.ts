import { DocumentScorer, fingerprintHigh, fingerprintLow } from '@countermark/detector/corpus';
import { seededRandom } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nobleBlock } from '../../prf/noble-block.ts';
import { naiveTokens } from '../../support/naive-document.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { finalized, specFingerprint } from '../../support/spec-fingerprint.ts';

const WORD = 2n ** 32n;
const word = fc.nat(0xffffffff);

describe('the fingerprint of a tuple', () => {
  it('is what the specification says, in exact integers', () => {
    // MurmurHash3's finalizer takes 1 to 0x514e28b7: its author's own known answer.
    expect(finalized(1n)).toBe(0x514e28b7n);
    expect(fingerprintLow(0, 1)).toBe(0x514e28b7);
    fc.assert(
      fc.property(word, word, word, (low, high, tokenId) => {
        const found = BigInt(fingerprintHigh(high, tokenId)) * WORD + BigInt(fingerprintLow(low, tokenId));
        expect(found).toBe(specFingerprint(low, high, tokenId));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('tells all tokens of a context apart, by each half alone', () => {
    // The inverse of the finalizer, step by step, undoes it: no two tokens have the same.
    fc.assert(
      fc.property(word, word, (salt, tokenId) => {
        expect(unfinalized(BigInt((fingerprintLow(salt, tokenId) ^ salt) >>> 0))).toBe(BigInt(tokenId));
        const high = unfinalized(BigInt((fingerprintHigh(salt, tokenId) ^ salt) >>> 0));
        expect(high ^ 0x9e3779b9n).toBe(BigInt(tokenId));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('is that of each scored tuple in a scorer’s sample, with the tuple’s word', () => {
    const key = keyFrom('fingerprints', 500);
    const ids = randomIds(seededRandom(3), 300, 500);
    const scorer = new DocumentScorer([key]);
    scorer.score([ids]);
    const [sample] = scorer.samples();
    scorer.close();
    const { contextWidth } = key.params;
    const tokens = naiveTokens(key, ids);
    const scored = [...tokens.entries()].filter(([, { status }]) => status === 'scored');
    expect(sample!.size).toBe(scored.length);
    for (const [position, { words }] of scored) {
      const header = nobleBlock(key.schemeKey(), [...ids.subarray(position - contextWidth, position)], 0);
      const fingerprint = specFingerprint(header[2]!, header[3]!, ids[position]!);
      expect(sample!.valueOf(Number(fingerprint % WORD), Number(fingerprint / WORD))).toBe(words![0]);
    }
  });

  it('is uniform: half as many tuples are left at each level, and the bits of either half are fair', () => {
    const key = keyFrom('uniform', 50_000);
    const ids = randomIds(seededRandom(4), 60_000, 50_000);
    const sizes = [0, 1, 2, 5].map((level) => {
      const scorer = new DocumentScorer([key], { sample: { level } });
      scorer.score([ids]);
      const [sample] = scorer.samples();
      scorer.close();
      if (level === 0) expectFairBits(sample!.toBytes());
      return sample!.size;
    });
    const [all] = sizes;
    for (const [i, level] of [0, 1, 2, 5].entries()) {
      const share = 2 ** -level;
      // 4.9 standard errors of a binomial count; 0 at level 0.
      const allowed = 4.9 * Math.sqrt(all! * share * (1 - share));
      expect(Math.abs(sizes[i]! - all! * share)).toBeLessThanOrEqual(allowed);
    }
  });
});

/** Each of the 64 bits is set in half of the entries, within 4.9 standard errors (64 bits: 6e-5 in all, and the seed is fixed). */
function expectFairBits(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const entries = bytes.length / 12;
  for (let bit = 0; bit < 64; bit++) {
    let set = 0;
    for (let i = 0; i < entries; i++) {
      set += (view.getUint32(12 * i + (bit < 32 ? 0 : 4), true) >>> (bit % 32)) & 1;
    }
    expect(Math.abs(set - entries / 2), `bit ${bit}`).toBeLessThanOrEqual(4.9 * Math.sqrt(entries / 4));
  }
}

/** Undoes the finalizer: the factors have inverses modulo 2^32, and shifts by 16 and 13 are undone by xor. */
function unfinalized(value: bigint): bigint {
  let h = value;
  h ^= h >> 16n;
  h = (h * inverse(0xc2b2ae35n)) % WORD;
  h ^= (h >> 13n) ^ (h >> 26n);
  h = (h * inverse(0x85ebca6bn)) % WORD;
  return h ^ (h >> 16n);
}

/** Newton's iteration for the inverse of an odd number modulo 2^32. */
function inverse(odd: bigint): bigint {
  let x = odd;
  for (let i = 0; i < 5; i++) x = (x * (2n - odd * x)) & (WORD - 1n);
  return x;
}
