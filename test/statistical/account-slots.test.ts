/**
 * Detection with account slots calls unmarked text marked no more often than its level says: docs/statistics.md, "Account slots".
 *
 * COUNTERMARK_TEXTS sets the number of texts of each kind (docs/statistics.md reports 10,000).
 */
import { type Detection, Detector } from '@countermark/detector';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { allowance, expectCalibrated, LEVELS, share } from './calibrated.ts';

const TEXTS = Number(process.env['COUNTERMARK_TEXTS'] ?? 400);
const VOCABULARY = 64;
const TOKENS = 120;
const ACCOUNTS = Array.from({ length: 200 }, (_, i) => `account-${i}`);

function detectWith(key: WatermarkKey, document: Uint32Array): Detection {
  const detector = new Detector([key], { minTokens: 1, accounts: { ids: ACCOUNTS } });
  try {
    return detector.detect(document);
  } finally {
    detector.close();
  }
}

/** Texts that nobody made with the key that they are tested for. */
const KINDS: [string, (seed: string) => Uint32Array][] = [
  ['unmarked text', (seed) => randomIds(seededRandom(seed), TOKENS, VOCABULARY)],
  ['text that repeats itself', (seed) => repeated(randomIds(seededRandom(seed), TOKENS / 3, VOCABULARY))],
  [
    'text marked under another key for an account of the list',
    (seed) => markedIds(keyFrom(`another ${seed}`, VOCABULARY), 'account-17', TOKENS, seed),
  ],
];

function repeated(ids: Uint32Array): Uint32Array {
  return Uint32Array.from([...ids, ...ids, ...ids]);
}

describe.each(KINDS)('of %s', (kind, textOf) => {
  it('p-values with account slots are what they say, and e-values have a mean of 1 at most', () => {
    const found = Array.from({ length: TEXTS }, (_, i) =>
      detectWith(keyFrom(`slots ${i}`, VOCABULARY), textOf(`slots ${kind} ${i}`)),
    );
    const p = found.map(({ log10PValue }) => log10PValue);
    expectCalibrated(p, kind);
    expectCalibrated(
      found.map(({ accountSlots }) => accountSlots!.log10PValue),
      `${kind}, account slots by themselves`,
    );
    // Markov: P(E ≥ 1/α) ≤ α.
    expectCalibrated(
      found.map(({ accountSlots }) => -accountSlots!.log10EValue),
      `${kind}, 1 / e-value`,
    );
    // The negative control: the best of 200 accounts has a small p-value on most texts, until it is corrected.
    const raw = found.map(({ accountSlots }) => accountSlots!.log10RawPValue);
    expect(share(raw, 0.01)).toBeGreaterThan(0.01 + allowance(0.01, TEXTS));
    report(
      `${kind}: of ${TEXTS} texts, ${LEVELS.map((alpha) => `${Math.round(TEXTS * share(p, alpha))} at ${alpha}`).join(', ')}; ` +
        `uncorrected ${LEVELS.map((alpha) => `${Math.round(TEXTS * share(raw, alpha))} at ${alpha}`).join(', ')}; ` +
        `e-values ${(found.reduce((sum, { accountSlots }) => sum + 10 ** accountSlots!.log10EValue, 0) / TEXTS).toFixed(3)} on average`,
    );
  });
});

describe('a text of its key', () => {
  it('is detected by the account slots of its account', () => {
    const texts = Array.from({ length: 20 }, (_, i) => {
      const key = keyFrom(`power ${i}`, VOCABULARY);
      const ids = markedIds(key, 'account-17', TOKENS, `power ${i}`);
      return detectWith(key, ids);
    });
    for (const { log10PValue, log10RawPValue, log10EValue, accountSlots } of texts) {
      expect(log10PValue).toBeLessThan(log10RawPValue);
      expect(accountSlots!.log10EValue).toBeGreaterThan(log10EValue);
    }
  });
});

function report(line: string): void {
  if (process.env['COUNTERMARK_TEXTS'] !== undefined) process.stdout.write(`${line}\n`);
}
