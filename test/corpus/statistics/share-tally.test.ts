import { SHARE_LEVEL, ShareTally } from '@countermark/detector/corpus';
import { clopperPearson } from '@countermark/detector/stats';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

function tallyOf(documents: number, below: number, scored = 150): ShareTally {
  const tally = new ShareTally();
  for (let i = 0; i < documents; i++) tally.add(scored, i < below);
  return tally;
}

describe('ShareTally', () => {
  it('allows for the unmarked documents that pass', () => {
    const share = tallyOf(1000, 100).estimate();
    const { low, high } = clopperPearson(1000, 100);
    // s + (1 − s) · level of documents pass, where a share s is marked.
    expect(share.estimate + (1 - share.estimate) * SHARE_LEVEL).toBeCloseTo(0.1, 14);
    expect(share.low + (1 - share.low) * SHARE_LEVEL).toBeCloseTo(low, 14);
    expect(share.high).toBe(high);
    expect(share).toMatchObject({ documents: 1000, below: 100, level: 1e-4 });
  });

  it('knows nothing of no documents, and estimates no less than nothing', () => {
    expect(tallyOf(0, 0).estimate()).toMatchObject({ documents: 0, below: 0, estimate: 0, low: 0, high: 1 });
    expect(tallyOf(1, 0).estimate()).toMatchObject({ estimate: 0, low: 0 });
    expect(tallyOf(1, 1).estimate()).toMatchObject({ estimate: 1, high: 1 });
    expect(tallyOf(20_000, 1).estimate()).toMatchObject({ estimate: 0, low: 0 });
  });

  it('sorts documents by length, ends included', () => {
    const tally = new ShareTally();
    for (const scored of [0, 99, 100, 199, 200, 1599, 1600, 1e6]) tally.add(scored, scored >= 200);
    const found = tally
      .estimate()
      .byLength.map(({ from, to, documents, below }) => [from, to, documents, below]);
    expect(found).toEqual([
      [0, 100, 2, 0],
      [100, 200, 2, 0],
      [200, 400, 1, 1],
      [400, 800, 0, 0],
      [800, 1600, 1, 1],
      [1600, null, 2, 2],
    ]);
  });

  it('covers the share of visibly marked documents at least 95 times in 100', () => {
    const random = seededRandom(6);
    for (const marked of [0, 0.001, 0.05]) {
      let covered = 0;
      for (let run = 0; run < 400; run++) {
        const tally = new ShareTally();
        // All marked ones pass, and unmarked ones as often as they may.
        for (let i = 0; i < 1000; i++) tally.add(150, random() < marked || random() < SHARE_LEVEL);
        const { low, high } = tally.estimate();
        if (low <= marked && marked <= high) covered++;
      }
      // 4.9 standard errors of a share of 0.95 in 400.
      expect(covered / 400).toBeGreaterThanOrEqual(0.95 - 4.9 * Math.sqrt((0.95 * 0.05) / 400));
    }
  });
});
