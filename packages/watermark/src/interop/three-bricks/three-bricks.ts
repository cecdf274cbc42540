/**
 * Marks written by three_bricks: green lists (`maryland`) and keyed Gumbel-max (`openai`), with payloads.
 *
 * Source: Fernandez, Chaffin, Tit, Chappelier, Furon, "Three Bricks to Consolidate Watermarks for Large Language Models", WIFS
 * 2023, and the known answers of test/vectors/interop. Nothing here follows that work's code, whose licence is not an open one.
 */
import { checkInteger } from '../../prf/check.ts';
import { createGumbel } from '../../scheme/gumbel.ts';
import type { WordScore } from '../../scheme/scheme.ts';
import { greenScore } from '../green-score.ts';
import { greenProcessor, raceSampler } from '../mark-writers.ts';
import type { ForeignMark, Profile } from '../profile.ts';
import { redrawSecretInteger, reducedKey, shortest } from '../secret-integer.ts';
import { listedIds } from '../torch/green-lists.ts';
import { DEFAULT_KEY_CAUTION } from '../torch/key.ts';
import { DEFAULT_SALT, type ThreeBricksConfig, threeBricksConfig } from './config.ts';
import { FOLD_MODULUS, largestFold, SeedFold } from './fold-seed.ts';
import { foldKeyBits, foldStrength } from './fold-strength.ts';
import {
  type ContextDraw,
  createShiftedSource,
  drawLists,
  drawUniforms,
  type ShiftedSource,
} from './source.ts';

const TWO_32 = 2 ** 32;

/** A mark whose payload may be asked for. */
export interface ThreeBricksMark extends ForeignMark {
  /**
   * Sums the scores of a document's tuples under each payload.
   *
   * Each sum has the reading's null law, whatever the document: so the smallest p-value times `count` is one. The tuples are
   * the same for all payloads.
   *
   * @param tokenIds  Uint32Array `[n]`.
   * @param positions Uint32Array `[m]`, of the unique tuples, each in ngram…n − 1.
   * @param count     payloads 0…count − 1 are tried, 1…vocabSize.
   * @returns Float64Array `[count]`.
   */
  payloads(tokenIds: Uint32Array, positions: Uint32Array, count: number): Float64Array;
}

/** A port of one of three_bricks' readings. */
export interface ThreeBricksProfile extends Profile<ThreeBricksConfig> {
  open(config: ThreeBricksConfig, vocabSize: number): ThreeBricksMark;
}

/** The port of three_bricks' green lists (`maryland`). */
export const THREE_BRICKS_GREEN_LIST: ThreeBricksProfile = {
  ...head('three-bricks-green-list', 'maryland'),
  scheme: 'green-list',

  open(config, vocabSize) {
    const listed = listedIds('gamma', config.gamma!, vocabSize);
    const law = { kind: 'drawn-lists', listed, vocabSize } as const;
    const mark = openMark(
      config,
      vocabSize,
      () => drawLists(listed, vocabSize),
      greenScore(law, listed / vocabSize),
    );
    const { delta } = config;
    return delta === undefined ? mark : { ...mark, startProcessor: () => greenProcessor(mark.source, delta) };
  },
};

/** The port of three_bricks' keyed Gumbel-max (`openai`). */
export const THREE_BRICKS_GUMBEL: ThreeBricksProfile = {
  ...head('three-bricks-gumbel', 'openai'),
  scheme: 'gumbel',

  open(config, vocabSize) {
    const mark = openMark(config, vocabSize, () => drawUniforms(vocabSize), createGumbel());
    return {
      ...mark,
      startSampler: (_promptLength, random) => raceSampler(mark.source, (word) => word / TWO_32, random),
    };
  },
};

function head(name: string, detector: ThreeBricksConfig['detector']) {
  return {
    kind: 'tuples',
    name,
    writtenBy: 'three_bricks',
    config: threeBricksConfig(detector),
    secretFields: ['seed', 'salt_key'],
    basis: 'law',
    caution: ({ seed, salt_key }: ThreeBricksConfig): string | undefined =>
      seed === 0 && salt_key === DEFAULT_SALT ? DEFAULT_KEY_CAUTION : undefined,
    strength: foldStrength,
    redraw(config: ThreeBricksConfig, bytes: (length: number) => Uint8Array): ThreeBricksConfig {
      return {
        ...config,
        seed: redrawSecretInteger(config.seed, bytes),
        salt_key: redrawSecretInteger(config.salt_key, bytes),
      };
    },
    canonical(config: ThreeBricksConfig, vocabSize: number): ThreeBricksConfig {
      const [seed, salt] = [BigInt(config.seed), BigInt(config.salt_key)];
      const largest = largestFold(seed, salt, config.ngram, vocabSize);
      return {
        ...config,
        seed: shortest(reducedKey(seed, largest, FOLD_MODULUS)),
        salt_key: shortest(reducedKey(salt, largest, FOLD_MODULUS)),
      };
    },
  } as const;
}

// Whether the seed of a context depends on enough of the key to be scored.
function isKeyedUnder(config: ThreeBricksConfig): (tokenIds: ArrayLike<number>, start: number) => boolean {
  const { drawBits } = foldStrength(config);
  const { everywhere, at } = foldKeyBits(config);
  if (everywhere >= drawBits) return () => true;
  return (tokenIds, start) => at(tokenIds, start) >= drawBits;
}

function openMark(
  config: ThreeBricksConfig,
  vocabSize: number,
  draw: () => ContextDraw,
  wordScore: WordScore,
): ThreeBricksMark & { readonly source: ShiftedSource } {
  const { ngram, payload, seed, salt_key } = config;
  if (payload >= vocabSize) {
    throw new RangeError(`"payload" expected less than ${vocabSize}, the vocabulary's size, got ${payload}`);
  }
  const source = createShiftedSource({
    fold: new SeedFold(BigInt(seed), BigInt(salt_key), ngram),
    isKeyed: isKeyedUnder(config),
    draw: draw(),
    contextWidth: ngram,
    payload,
    vocabSize,
  });
  return {
    source,
    wordScore,
    payloads(tokenIds, positions, count) {
      checkInteger('count', count, 1, vocabSize);
      for (const [i, position] of positions.entries()) {
        checkInteger(`positions[${i}]`, position, ngram, tokenIds.length - 1);
      }
      return sumPayloads(source, wordScore, tokenIds, positions, count);
    },
  };
}

function sumPayloads(
  source: ShiftedSource,
  wordScore: WordScore,
  tokenIds: Uint32Array,
  positions: Uint32Array,
  count: number,
): Float64Array {
  const sums = new Float64Array(count);
  const words = new Uint32Array(count);
  for (const position of positions) {
    source.payloadWords(tokenIds, position, words);
    for (let payload = 0; payload < count; payload++) sums[payload]! += wordScore.score(words[payload]!);
  }
  return sums;
}
