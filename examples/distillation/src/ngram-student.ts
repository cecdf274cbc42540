/**
 * A student that counts what it is given: n-grams of tokens, interpolated.
 *
 * Source: Witten and Bell 1991, method C, as in Chen and Goodman 1999, section 2.5: what follows a context has its share of the counts, and the shorter context
 * as much as there are different tokens that followed.
 */
import type { Prediction } from '@countermark/audit';

/** What followed a context. */
interface Followers {
  total: number;
  readonly ids: number[];
  readonly counts: number[];
}

/** The longest context, in tokens. */
const LONGEST = 4;
/** So that {@link LONGEST} ids are one exact number. */
const MOST_IDS = 8192;

/** What is asked of a student, whatever it does with its counts. */
export interface LanguageModel {
  readonly vocabSize: number;
  /** The next token's probabilities, Float64Array `[vocabSize]`. */
  next(before: ArrayLike<number>): Float64Array;
  /** The likeliest next tokens, from the likeliest on; of equal ones the least id first. */
  likeliest(before: ArrayLike<number>, most: number): Prediction;
  /** Draws the next token. */
  draw(before: ArrayLike<number>, random: () => number): number;
}

/** A model of n-grams over the tokens of a vocabulary. */
export class NgramStudent implements LanguageModel {
  readonly vocabSize: number;
  /** By length of the context less one, then by the context as one number. */
  readonly #tables: readonly Map<number, Followers>[] = Array.from({ length: LONGEST }, () => new Map());
  readonly #single: Float64Array;
  /** Every token from the likeliest on. */
  readonly #ranked: Uint32Array;
  readonly #scratch: Float64Array;

  /**
   * Counts texts.
   *
   * @param texts     Uint32Arrays `[n]`, token ids below `vocabSize`.
   * @param vocabSize at most 8,192: contexts of four are exact numbers then.
   * @throws {RangeError} if it is larger.
   */
  constructor(texts: Iterable<Uint32Array>, vocabSize: number) {
    if (!(vocabSize >= 1 && vocabSize <= MOST_IDS)) {
      throw new RangeError(`"vocabSize" expected 1 to 8192, got ${vocabSize}`);
    }
    this.vocabSize = vocabSize;
    const counts = new Float64Array(vocabSize);
    for (const text of texts) this.#learn(text, counts);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const different = counts.filter((count) => count > 0).length || 1;
    this.#single = counts.map((count) => (count + different / vocabSize) / (total + different));
    this.#ranked = Uint32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
    this.#scratch = new Float64Array(vocabSize);
  }

  /** The next token's probabilities, Float64Array `[vocabSize]`. */
  next(before: ArrayLike<number>): Float64Array {
    const probabilities = new Float64Array(this.vocabSize);
    const { rest } = this.#spread(before, probabilities);
    for (let id = 0; id < this.vocabSize; id++) probabilities[id]! += rest * this.#single[id]!;
    return probabilities;
  }

  /** The likeliest next tokens, from the likeliest on; of equal ones the least id first. */
  likeliest(before: ArrayLike<number>, most: number): Prediction {
    const scratch = this.#scratch;
    const { rest, touched } = this.#spread(before, scratch);
    // What no context names is ranked by the single tokens alone.
    for (const id of this.#ranked.subarray(0, most)) if (scratch[id] === 0) touched.push(id);
    const found: [number, number][] = [];
    for (const id of touched) {
      const probability = scratch[id]! + rest * this.#single[id]!;
      keepLikeliest(found, most, id, probability);
    }
    for (const id of touched) scratch[id] = 0;
    return found;
  }

  /** Draws the next token. */
  draw(before: ArrayLike<number>, random: () => number): number {
    for (let width = LONGEST; width > 0; width--) {
      const followers = this.#followers(before, width);
      if (followers === undefined) continue;
      const { total, ids, counts } = followers;
      let left = random() * (total + ids.length);
      if (left >= total) continue;
      for (let i = 0; i < ids.length; i++) {
        left -= counts[i]!;
        if (left < 0) return ids[i]!;
      }
    }
    return drawFrom(this.#single, random);
  }

  /** Adds every context's share to `into`, and returns what is left for single tokens with the ids that got some. */
  #spread(before: ArrayLike<number>, into: Float64Array): { rest: number; touched: number[] } {
    const touched: number[] = [];
    let rest = 1;
    for (let width = LONGEST; width > 0; width--) {
      const followers = this.#followers(before, width);
      if (followers === undefined) continue;
      const { total, ids, counts } = followers;
      const all = total + ids.length;
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        if (into[id] === 0) touched.push(id);
        into[id]! += (rest * counts[i]!) / all;
      }
      rest *= ids.length / all;
    }
    return { rest, touched };
  }

  #followers(before: ArrayLike<number>, width: number): Followers | undefined {
    if (before.length < width) return undefined;
    return this.#tables[width - 1]!.get(this.#contextAt(before, before.length, width));
  }

  #contextAt(ids: ArrayLike<number>, end: number, width: number): number {
    let context = 0;
    for (let at = end - width; at < end; at++) context = context * this.vocabSize + ids[at]!;
    return context;
  }

  #learn(text: Uint32Array, singles: Float64Array): void {
    for (let at = 0; at < text.length; at++) {
      const id = text[at]!;
      singles[id]!++;
      for (let width = 1; width <= LONGEST && width <= at; width++) {
        const table = this.#tables[width - 1]!;
        const context = this.#contextAt(text, at, width);
        const followers = table.get(context) ?? { total: 0, ids: [], counts: [] };
        if (followers.total === 0) table.set(context, followers);
        const place = followers.ids.indexOf(id);
        followers.total++;
        if (place >= 0) followers.counts[place]!++;
        else {
          followers.ids.push(id);
          followers.counts.push(1);
        }
      }
    }
  }
}

/** Draws an index by its probability. */
export function drawFrom(probabilities: ArrayLike<number>, random: () => number): number {
  let left = random();
  for (let id = 0; id < probabilities.length; id++) {
    left -= probabilities[id]!;
    if (left < 0) return id;
  }
  return probabilities.length - 1;
}

/** Lists the likeliest tokens of all, from the likeliest on; of equal ones the least id first. */
export function likeliestOf(probabilities: ArrayLike<number>, most: number): Prediction {
  const found: [number, number][] = [];
  for (let id = 0; id < probabilities.length; id++) keepLikeliest(found, most, id, probabilities[id]!);
  return found;
}

/** Puts a token into a list of the likeliest ones, from the likeliest on, if it is one of them; of equal ones the least id is first. */
function keepLikeliest(
  found: [tokenId: number, probability: number][],
  most: number,
  id: number,
  probability: number,
): void {
  if (probability < (found[most - 1]?.[1] ?? 0)) return;
  let at = found.length;
  while (at > 0 && comesFirst(id, probability, found[at - 1]!)) at--;
  found.splice(at, 0, [id, probability]);
  if (found.length > most) found.pop();
}

function comesFirst(id: number, probability: number, other: readonly [number, number]): boolean {
  return probability > other[1] || (probability === other[1] && id < other[0]);
}
