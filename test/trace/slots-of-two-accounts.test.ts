import { readFileSync } from 'node:fs';
import { seededRandom, Watermarker } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCAB = 200;
const CONTEXTS = 300;
const ASKED = 12;

describe('two accounts that ask the same', () => {
  // Not a fault but a fact, which docs/statistics.md states: nothing may rest on slots being secret.
  it('tell with gumbel whether a step is for all accounts, for one or unmarked', () => {
    const key = keyFrom('two accounts', VOCAB, { scheme: SCHEMES[0]!, contextWidth: 2 });
    const watermarker = new Watermarker(key);
    const random = seededRandom('two accounts');
    // Geometric next-token distributions of about two nats, in a random order.
    const logits = Array.from({ length: CONTEXTS }, () => {
      const places = [...Array(VOCAB).keys()].map((i) => ({ i, at: random() })).sort((a, b) => a.at - b.at);
      return Float32Array.from(places, ({ i }) => -0.3 * i);
    });
    let right = 0;
    for (const step of logits) {
      const prompt = randomIds(random, 2, VOCAB);
      const answersOf = (accountId: string): Set<number> =>
        new Set(
          Array.from({ length: ASKED }, () =>
            watermarker.start({ ...AT_ONCE, prompt, accountId, random }).choose(step),
          ),
        );
      const [one, other] = [answersOf('one'), answersOf('other')];
      const guess = one.size + other.size > 2 ? 'free' : [...one][0] === [...other][0] ? 'common' : 'account';
      const [token] = naiveTokens(key, [...prompt, 0]).slice(2);
      right += Number(guess === token!.slot);
    }
    watermarker.close();
    // Wrong where both accounts' symbols, or all free draws, happen to choose the same token.
    expect(right).toBe(275);
    const page = readFileSync(new URL('../../docs/statistics.md', import.meta.url), 'utf8');
    expect(page).toContain('275 of 300 in `test/trace/slots-of-two-accounts.test.ts`');
  });
});
