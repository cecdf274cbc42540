/**
 * Watermark neutralisation: a student that takes back, as it answers, what its training moved.
 *
 * Source: Pan et al. 2025, "Can LLM Watermarks Robustly Prevent Unauthorized Knowledge Distillation?", with the values of its authors' program, but that at most
 * {@link MOST_PLACES} places of a prefix are averaged.
 */
import type { Prediction } from '@countermark/audit';
import type { PromptedAnswer } from './answer-file.ts';
import { trainingText } from './mixture.ts';
import { drawFrom, type LanguageModel, likeliestOf } from './ngram-student.ts';

/** How much of the shift is taken off the logits. */
const STRENGTH = 2.5;
/** Share of the training tokens that a prefix of one or two tokens is seen after, at least. */
const LEAST_FREQUENCY = 5e-5;
/** Exponent of the weight of rarer prefixes. */
const RARITY = 0.3;
/** Tokens of a prefix that are looked at, from the likeliest on. */
const LIKELIEST = 50;
const LENGTHS = [1, 2] as const;
const MOST_PLACES = 100;
const MOST_PLACES_OF_ALL = 1000;

interface Place {
  readonly text: Uint32Array;
  readonly end: number;
}

/** What is taken off the logits of a few tokens. */
type Shift = readonly (readonly [tokenId: number, logit: number])[];

/** A student that knows itself before and after its training, and the text that it was trained on, but no key. */
export class NeutralisedStudent implements LanguageModel {
  readonly vocabSize: number;
  readonly #after: LanguageModel;
  readonly #before: LanguageModel;
  /** By prefix of one or two tokens, where the training text has it. */
  readonly #places = new Map<number, Place[]>();
  readonly #shifts = new Map<number, Shift>();
  readonly #always: Shift;
  readonly #tokens: number;
  /** log of the largest frequency, by length of the prefix. */
  readonly #logMost: readonly number[];

  /**
   * @param after  as it was trained.
   * @param before an innocent model.
   * @param texts  that it was trained on.
   */
  constructor(after: LanguageModel, before: LanguageModel, texts: readonly PromptedAnswer[]) {
    this.vocabSize = after.vocabSize;
    this.#after = after;
    this.#before = before;
    const all: Place[] = [];
    const most = LENGTHS.map(() => 0);
    for (const each of texts) {
      const text = trainingText(each);
      for (let end = each.prompt.length + 1; end < text.length; end++) {
        all.push({ text, end });
        for (const [i, length] of LENGTHS.entries()) {
          const prefix = this.#prefixAt(text, end, length);
          const places = this.#places.get(prefix) ?? [];
          if (places.length === 0) this.#places.set(prefix, places);
          places.push({ text, end });
          most[i] = Math.max(most[i]!, places.length);
        }
      }
    }
    this.#tokens = all.length;
    this.#logMost = most.map((count) => Math.log(count / all.length));
    this.#always = this.#shiftAt(spread(all, MOST_PLACES_OF_ALL), 1);
  }

  /** The next token's probabilities, Float64Array `[vocabSize]`. */
  next(before: ArrayLike<number>): Float64Array {
    const probabilities = this.#after.next(before);
    const shifts = [this.#always, ...LENGTHS.map((length, i) => this.#shiftOf(before, length, i))];
    for (const [id, logit] of shifts.flat()) probabilities[id]! *= Math.exp(-logit);
    const total = probabilities.reduce((sum, probability) => sum + probability, 0);
    return probabilities.map((probability) => probability / total);
  }

  /** The likeliest next tokens, from the likeliest on. */
  likeliest(before: ArrayLike<number>, most: number): Prediction {
    return likeliestOf(this.next(before), most);
  }

  /** Draws the next token. */
  draw(before: ArrayLike<number>, random: () => number): number {
    return drawFrom(this.next(before), random);
  }

  #shiftOf(before: ArrayLike<number>, length: number, row: number): Shift {
    if (before.length < length) return [];
    const prefix = this.#prefixAt(before, before.length, length);
    const known = this.#shifts.get(prefix);
    if (known !== undefined) return known;
    const places = this.#places.get(prefix) ?? [];
    const frequency = places.length / this.#tokens;
    const shift =
      frequency > LEAST_FREQUENCY
        ? this.#shiftAt(spread(places, MOST_PLACES), (Math.log(frequency) / this.#logMost[row]!) ** -RARITY)
        : [];
    this.#shifts.set(prefix, shift);
    return shift;
  }

  /** What the training moved at some places on average: of the likeliest tokens, those that became likelier. */
  #shiftAt(places: readonly Place[], weight: number): Shift {
    const [after, before] = [this.#after, this.#before].map((model) => {
      const sum = new Float64Array(this.vocabSize);
      for (const { text, end } of places) {
        const next = model.next(text.subarray(0, end));
        for (let id = 0; id < sum.length; id++) sum[id]! += next[id]!;
      }
      return sum;
    }) as [Float64Array, Float64Array];
    return likeliestOf(after, LIKELIEST)
      .filter(([id, sum]) => sum > before[id]!)
      .map(([id, sum]) => [id, STRENGTH * weight * 0.5 * Math.min(2, sum / before[id]!)]);
  }

  #prefixAt(ids: ArrayLike<number>, end: number, length: number): number {
    const last = ids[end - 1]!;
    return length === 1 ? last : this.vocabSize * (1 + ids[end - 2]!) + last;
  }
}

/** Some of the places, evenly spread. */
function spread(places: readonly Place[], most: number): readonly Place[] {
  if (places.length <= most) return places;
  return Array.from({ length: most }, (_, i) => places[Math.floor((i * places.length) / most)]!);
}
