/**
 * Marks written by TextSeal: green lists, keyed Gumbel-max, and SynthID's tournament, over one function of 8,191 levels.
 *
 * Source: facebookresearch/textseal@2c63fb8 (MIT, later Apache-2.0); Sander, Fernandez et al., arXiv 2605.12456.
 *
 * The null laws are those of a function whose draws are independent. This one's are not: under a random key, draws at two sums
 * agree more or less often than by chance, by 2.5 % (root mean square; a fifth at worst), and a text that is strongly marked under
 * one key shows under others. So a law's tail is the statistic by which a key is ranked among random ones, and no p-value.
 */
import { createGumbel } from '../../scheme/gumbel.ts';
import { tournamentWeights } from '../../scheme/tournament.ts';
import { weightedBitsScore } from '../../scheme/weighted-bits.ts';
import { greenScore } from '../green-score.ts';
import { bitLength, wholeKey } from '../key-strength.ts';
import { greenProcessor, lastTokens, raceSampler } from '../mark-writers.ts';
import type { ForeignMark, Profile } from '../profile.ts';
import { redrawSecretInteger } from '../secret-integer.ts';
import { tournamentProcessor } from '../tournament/processor.ts';
import { type TextSealConfig, type TextSealType, textSealConfig } from './config.ts';
import { LEVELS, MAX_VOCABULARY, TextSealPrf } from './prf.ts';
import { createTextSealSource, type TextSealSourceOptions } from './source.ts';
import { layeredDraws, singleDraws, type TupleNames } from './tuples.ts';

const TWO_32 = 2 ** 32;

/** The port of TextSeal's green lists. */
export const TEXTSEAL_GREEN_LIST: Profile<TextSealConfig> = {
  ...head('textseal-green-list', ['greenlist']),
  scheme: 'green-list',

  open(config, vocabSize) {
    const green = greenLevels(config.gamma);
    const numerator = shareNumerator(green);
    const mark = openMark(config, vocabSize, singleDraws, (prf, sum) => (prf.level(sum) < green ? 1 : 0));
    return {
      ...mark,
      wordScore: greenScore({ kind: 'binomial', numerator }, numerator / TWO_32),
      startProcessor: () => greenProcessor(mark.source, config.delta),
    };
  },
};

/** The port of TextSeal's keyed Gumbel-max. */
export const TEXTSEAL_GUMBEL: Profile<TextSealConfig> = {
  ...head('textseal-gumbel', ['gumbelmax']),
  scheme: 'gumbel',

  open(config, vocabSize) {
    const mark = openMark(config, vocabSize, singleDraws, (prf, sum) => wordOfLevel(prf.level(sum)));
    return {
      ...mark,
      wordScore: createGumbel(),
      startSampler: (_promptLength, random) =>
        raceSampler(mark.source, (word) => Math.fround(levelOfWord(word) / LEVELS), random),
    };
  },
};

/** The port of TextSeal's SynthID tournaments, `synthid` and `synthid-weighted`. */
export const TEXTSEAL_SYNTHID: Profile<TextSealConfig> = {
  ...head('textseal-synthid', ['synthid', 'synthid-weighted']),
  scheme: 'tournament',

  open(config, vocabSize) {
    const { depth, synthid_round_stride: stride = 1 } = config;
    if (stride !== 1 && vocabSize > stride) {
      throw new RangeError(
        `"vocabSize" expected at most ${stride}, the stride of the layers, got ${vocabSize}`,
      );
    }
    const green = greenLevels(config.gamma);
    if (1024 * Math.min(green, LEVELS - green) < LEVELS) {
      throw new RangeError(`"gamma" expected 1/1024 to 1023/1024 with a tournament, got ${config.gamma}`);
    }
    const mark = openMark(config, vocabSize, layeredDraws(depth, stride), (prf, sum) =>
      prf.bits(sum, depth, green),
    );
    const weights =
      config.watermark_type === 'synthid' ? new Uint32Array(depth).fill(1) : tournamentWeights(depth);
    return {
      ...mark,
      wordScore: weightedBitsScore(weights, { ones: green, of: LEVELS }),
      startProcessor: () =>
        tournamentProcessor({
          source: mark.source,
          depth,
          contextOf: (tokenIds) => lastTokens(tokenIds, config.ngram),
        }),
    };
  },
};

function head(name: string, types: readonly [TextSealType, ...TextSealType[]]) {
  return {
    kind: 'tuples',
    name,
    writtenBy: 'TextSeal',
    // A key moves all draws along one line: texts of other keys show under it, and no law covers that.
    basis: 'rank',
    strength: ({ secret_key }: TextSealConfig) => wholeKey(bitLength(secret_key)),
    config: textSealConfig(types),
    secretFields: ['secret_key'],
    redraw(config: TextSealConfig, bytes: (length: number) => Uint8Array): TextSealConfig {
      return { ...config, secret_key: redrawSecretInteger(config.secret_key, bytes) };
    },
  } as const;
}

function openMark(
  config: TextSealConfig,
  vocabSize: number,
  names: TupleNames,
  wordOf: TextSealSourceOptions['wordOf'],
): Pick<ForeignMark, 'source'> {
  if (vocabSize > MAX_VOCABULARY) {
    throw new RangeError(`"vocabSize" expected at most ${MAX_VOCABULARY}, got ${vocabSize}`);
  }
  const prf = new TextSealPrf(BigInt(config.secret_key), config.synthid_round_stride ?? 1);
  return { source: createTextSealSource({ prf, contextWidth: config.ngram, names, wordOf }) };
}

// How many levels are green: levels are compared as single-precision numbers there.
function greenLevels(gamma: number): number {
  let green = 0;
  while (green < LEVELS && Math.fround(green / LEVELS) < Math.fround(gamma)) green++;
  if (green === LEVELS)
    throw new RangeError(`"gamma" expected at most ${LEVELS - 1} / ${LEVELS}, got ${gamma}`);
  return green;
}

// The share of green levels in units of 2^-32, rounded up.
function shareNumerator(green: number): number {
  return Math.min(TWO_32, Math.floor((green * TWO_32) / LEVELS) + 1);
}

// At most k / 8191, and P(level ≥ k) ≤ 1 − k / 8191: so P(r ≥ x) ≤ 1 − x for r = word / 2^32.
function wordOfLevel(level: number): number {
  return Math.floor((level * TWO_32) / LEVELS);
}

function levelOfWord(word: number): number {
  return Math.ceil((word * LEVELS) / TWO_32);
}
