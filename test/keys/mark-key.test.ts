/** What every kind of key says of itself, so that a detector need not ask whose it is. */
import {
  createParams,
  formatKeyFile,
  type MarkKey,
  type SchemeParams,
  seededRandom,
  WatermarkKey,
} from '@countermark/watermark';
import {
  ForeignKey,
  formatForeignKeyFile,
  parseMarkKeyFile,
  profileNamed,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONFIGS } from '../interop/configs.ts';

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'tournament', depth: 30 },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
];
const VOCABULARY = 2000;
const tokenizer = { name: 'test', vocabSize: VOCABULARY, fingerprint: 'ab'.repeat(32) };
const random = seededRandom('mark keys');
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(256 * random()));
const document = Uint32Array.from({ length: 60 }, () => 1 + Math.floor((VOCABULARY - 1) * random()));

const own = SCHEMES.map((scheme): [string, WatermarkKey] => [
  scheme.kind,
  new WatermarkKey(createParams({ tokenizer, scheme }), new Uint8Array(32).fill(7)),
]);
const foreign = SAMPLE_CONFIGS.filter(
  ({ profile }, i) => SAMPLE_CONFIGS.findIndex((other) => other.profile === profile) === i,
).map(({ profile, config, vocabSize }): [string, ForeignKey] => [
  profile,
  new ForeignKey({ profile: profileNamed(profile), config, vocabSize }),
]);
const all: readonly [string, MarkKey][] = [...own, ...foreign];

describe('a mark key', () => {
  it.each(own)('of ours: %s', (name, key) => {
    expect(key).toMatchObject({
      markName: name,
      profileName: undefined,
      scoreFamily: name,
      basis: 'law',
      hasSoundHash: true,
      caution: undefined,
      permutationTest: undefined,
      vocabSize: VOCABULARY,
    });
    expect(key.commitment).toMatch(/^[0-9a-f]{64}$/);
    expect(key.openScoring().scheme).toEqual(key.params.scheme);
  });

  it.each(foreign)('of another watermark: %s', (name, key) => {
    const { profile, params, strength } = key;
    expect(key).toMatchObject({
      markName: name,
      profileName: name,
      scoreFamily: profile.scheme,
      basis: profile.basis,
      hasSoundHash: false,
      commitment: undefined,
      vocabSize: params.vocabSize,
    });
    expect(strength.drawBits).toBeLessThanOrEqual(strength.keyBits);
    expect(key.permutationTest === undefined).toBe(profile.kind === 'tuples');
  });

  it.each(all)('scores tuples, or ranks itself by the whole document: %s', (_, key) => {
    if (key.permutationTest !== undefined) {
      const { permutations } = key.permutationTest(document, 3, key.decoySeed(document));
      expect(permutations).toBe(3);
      expect(() => key.openScoring()).toThrow(TypeError);
      return;
    }
    const { source, wordScore, commonLimit, unkeyedSlot } = key.openScoring();
    const width = source.contextWidth;
    const headers = new Uint32Array(4 * (document.length - width));
    source.sequenceHeaders(document, headers);
    const scored = headers.filter((word, i) => i % 4 === 0 && word < commonLimit).length;
    expect(scored).toBeGreaterThan(0);
    expect(unkeyedSlot === -1 || unkeyedSlot >= commonLimit).toBe(true);
    expect(wordScore.nullDeviation).toBeGreaterThan(0);
    source.close();
  });

  it.each(all)('is drawn anew with the same settings: %s', (_, key) => {
    const other = key.redraw(bytes);
    expect(other.fingerprint).toBe(key.fingerprint);
    expect(other.keyId).not.toBe(key.keyId);
    expect(other.markName).toBe(key.markName);
  });

  it('comes back from a file of either kind', () => {
    const [[, ours] = []] = own;
    const [[, theirs] = []] = foreign;
    expect(parseMarkKeyFile(formatKeyFile(ours as WatermarkKey)).toJSON()).toEqual(ours?.toJSON());
    expect(parseMarkKeyFile(formatForeignKeyFile(theirs as ForeignKey)).toJSON()).toEqual(theirs?.toJSON());
    expect(() => parseMarkKeyFile('{"type": "countermark-interop-key", "sec')).toThrow(
      'not a countermark key file: it is not whole, valid JSON',
    );
  });
});
