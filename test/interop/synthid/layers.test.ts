/** Layers compared with other keys of theirs: docs/statistics.md section 18.6, by counting every choice. */
import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, profileNamed } from '@countermark/watermark/interop';
import { openDecoyBytes } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 1000;
const WIDTH = 2;
const COLUMNS = 16;
const random = seededRandom('layers');
const TOKEN_IDS = Uint32Array.from({ length: 70 }, () => Math.floor(VOCABULARY * random()));

const keyOf = (profile: string, keys: readonly (number | string)[]): ForeignKey =>
  new ForeignKey({
    profile: profileNamed(profile),
    config: {
      keys,
      ngram_len: WIDTH + 1,
      // A table of 2^16 entries has a law over all keys instead: exact-law.test.ts.
      ...(profile === 'synthid-text' ? { context_history_size: 9 } : { sampling_table_size: 65_535 }),
    },
    vocabSize: VOCABULARY,
  });

/** Ones of each layer, under the key and then under each other key: `[columns][depth]`; no n-gram of these ids comes twice. */
function onesUnderKeys(key: ForeignKey, depth: number): number[][] {
  const { source, layers } = key.open();
  const others = layers!.redraw(COLUMNS - 1, openDecoyBytes(key.decoySeed(TOKEN_IDS)));
  const positions = Uint32Array.from({ length: TOKEN_IDS.length - WIDTH }, (_, i) => WIDTH + i);
  return [source, ...others].map((each) => {
    const words = new Uint32Array(positions.length);
    each.sequenceWords(TOKEN_IDS, positions, new Uint8Array(positions.length), words);
    each.close();
    return Array.from({ length: depth }, (_, layer) =>
      words.reduce((sum, word) => sum + ((word >>> layer) & 1), 0),
    );
  });
}

describe.each(['synthid-hf', 'synthid-text'])('%s', (profile) => {
  it.each([
    ['63 bits', ['8314793246219823411', '4218713246219823417', '6214793246219823913']],
    ['10 bits', [654, 400, 836]],
  ] as const)(
    'has the share of choices, one of sixteen keys a layer, that score as much: keys of %s',
    (_, keys) => {
      const key = keyOf(profile, keys);
      const ones = onesUnderKeys(key, 3);
      expect(ones).toHaveLength(COLUMNS);
      // Weights that fall from 10 to 1, times 2.
      const weights = [20, 11, 2];
      const scoreOf = (choice: readonly number[]): number =>
        choice.reduce((sum, column, layer) => sum + weights[layer]! * ones[column]![layer]!, 0);
      const columns = [...Array(COLUMNS).keys()];
      const own = scoreOf([0, 0, 0]);
      const choices = columns.flatMap((a) => columns.flatMap((b) => columns.map((c) => [a, b, c])));
      const atLeast = choices.filter((choice) => scoreOf(choice) >= own).length;
      const detector = new Detector([key], { alpha: 0.01 });
      const found = detector.detect(TOKEN_IDS);
      detector.close();
      expect(found).toMatchObject({ basis: 'layers', scored: 68, layerKeys: { count: 15 } });
      expect(found.layerKeys!.seed).toBe(key.decoySeed(TOKEN_IDS));
      expect(found.log10RawPValue).toBeCloseTo(Math.log10(atLeast / COLUMNS ** 3), 8);
      expect(found.log10LeastPValue).toBeCloseTo(-3 * Math.log10(COLUMNS), 12);
    },
  );

  it('draws fewer keys where there are not twice as many, and says that nothing can be said', () => {
    // Of 3 keys below 2^4, eight are spare: one more row of three, and a least p-value of 2^-3.
    const detector = new Detector([keyOf(profile, [5, 9, 12])], { alpha: 0.01 });
    const found = detector.detect(TOKEN_IDS);
    detector.close();
    expect(found).toMatchObject({ verdict: 'inconclusive', layerKeys: { count: 1 } });
    expect(found.log10LeastPValue).toBeCloseTo(-3 * Math.log10(2), 12);
  });
});
