import { compareHashes, contentHash, formatHash, isInShare, parseHash } from '@countermark/hints';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const hash = fc.record({ low: word, high: word });

describe('contentHash', () => {
  it('is the start of SHA-1', () => {
    // FIPS 180-2, appendix A.1: "abc" has the digest a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d.
    expect(contentHash(['abc'])).toEqual({ low: 0x363e99a9, high: 0x6a810647 });
  });

  it('reads text as UTF-8, and ids as their bytes', () => {
    const bytes = new TextEncoder().encode('héll');
    expect(contentHash(['hél'])).toEqual(contentHash([new Uint32Array(bytes.slice(0, 4).buffer)]));
  });

  it('tells the cut into segments', () => {
    const hashes = [['ab'], ['a', 'b'], ['ab', ''], ['', 'ab'], [], ['']].map(contentHash).map(formatHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('formatHash', () => {
  it('is read back, and orders as hashes do', () => {
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        expect(parseHash(formatHash(a))).toEqual(a);
        const [x, y] = [formatHash(a), formatHash(b)];
        expect(Math.sign(compareHashes(a, b))).toBe(x === y ? 0 : x < y ? -1 : 1);
      }),
    );
  });

  it.each(['', '12', '00000000deadbeeg', '00000000DEADBEEF'])('is not read from %j', (text) => {
    expect(parseHash(text)).toBeUndefined();
  });
});

describe('isInShare', () => {
  it('takes about its share of contents, and all of them at 1', () => {
    const hashes = Array.from({ length: 10_000 }, (_, i) => contentHash([`document ${i}`]));
    // Binomial(10,000, 1/4): seven standard deviations are 303.
    expect(Math.abs(hashes.filter((each) => isInShare(each, 1 / 4)).length - 2500)).toBeLessThan(303);
    expect(isInShare({ low: 2 ** 32 - 1, high: 2 ** 32 - 1 }, 1)).toBe(true);
  });
});
