import { CandidateSelector } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';

const COUNT = 20_000;
const logits = Float32Array.from({ length: 100 }, (_, id) => Math.sin(id));

describe(`${COUNT} selectors`, () => {
  it('can be made one after another', () => {
    const first = new CandidateSelector(100).greedy(logits);
    for (let i = 0; i < COUNT; i++) expect(new CandidateSelector(100).greedy(logits)).toBe(first);
  }, 300_000);

  it('at once either work or are refused in words', () => {
    const open: CandidateSelector[] = [];
    try {
      while (open.length < COUNT) open.push(new CandidateSelector(100));
    } catch (error) {
      expect(error).toMatchObject({ name: 'WatermarkError', code: 'engine-unavailable' });
      expect(open.length).toBeGreaterThan(1000);
    }
    // Those that are open go on.
    expect(open.at(-1)?.greedy(logits)).toBe(open[0]?.greedy(logits));
  }, 300_000);
});
