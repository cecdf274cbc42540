/** A world small enough for a test: a teacher whose answers are marked, and students that count what they were given. */
import type { Prediction } from '@countermark/audit';
import { seededRandom, WatermarkError, Watermarker, type WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { keyFrom, randomLogits } from '../support/random-key.ts';

export const VOCABULARY = 120;
const WIDTH = 2;

/** A key whose every context is common. */
export function laboratoryKey(seed: number | string): WatermarkKey {
  return keyFrom(seed, VOCABULARY, { contextWidth: WIDTH, commonShare: 1, accountShare: 0 });
}

// The teacher's next token depends on the last one: logits uniform on -4 … 4.
const rows = Array.from({ length: VOCABULARY }, (_, last) =>
  randomLogits(seededRandom(`teacher ${last}`), VOCABULARY, 4),
);
const rowProbabilities = rows.map(softmax);

/** Writes answers of the teacher, marked under a key if there is one. */
export function teacherAnswers(
  key: WatermarkKey | undefined,
  count: number,
  length: number,
  seed: string,
): Uint32Array[] {
  // Without a key, a key that nobody knows.
  const watermarker = new Watermarker(key ?? laboratoryKey(`nobody's ${seed}`));
  const answers = Array.from({ length: count }, (_, i) => {
    const random = seededRandom(`${seed} ${i}`);
    // With more start bits than an answer can spend, nothing of it is marked.
    const generation = watermarker.start({ random, startBits: key === undefined ? 64 : 4 });
    const answer = new Uint32Array(length);
    let last = Math.floor(random() * VOCABULARY);
    for (let at = 0; at < length; at++) {
      last = key === undefined ? drawFrom(rowProbabilities[last]!, random) : generation.next(rows[last]!);
      answer[at] = last;
    }
    return answer;
  });
  watermarker.close();
  return answers;
}

export function softmax(logits: Float32Array): Float64Array {
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

export function drawFrom(probabilities: ArrayLike<number>, random: () => number): number {
  let left = random();
  for (let id = 0; id < probabilities.length; id++) {
    left -= probabilities[id]!;
    if (left < 0) return id;
  }
  return probabilities.length - 1;
}

/** What a student says of the token after a context. */
interface Said {
  readonly probabilities: Float64Array;
  /** All tokens from the likeliest on, once somebody asks for some. */
  ranked: [tokenId: number, probability: number][] | undefined;
}

/** A student: trigrams smoothed by bigrams, smoothed by single tokens. */
export class Student {
  readonly #vocabulary: number;
  readonly #singles: Float64Array;
  readonly #pairs = new Map<number, Float64Array>();
  readonly #triples = new Map<number, Float64Array>();
  /** What it has said of a context it says again: nothing is learnt after it is made. */
  readonly #said = new Map<number, Said>();

  constructor(texts: readonly Uint32Array[], vocabulary = VOCABULARY) {
    this.#vocabulary = vocabulary;
    this.#singles = new Float64Array(vocabulary).fill(1);
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        const id = text[at]!;
        this.#singles[id]!++;
        if (at >= 1) this.#row(this.#pairs, text[at - 1]!)[id]!++;
        if (at >= 2) this.#row(this.#triples, vocabulary * text[at - 2]! + text[at - 1]!)[id]!++;
      }
    }
  }

  /** The next token's probabilities, `[vocabulary]`, which nobody may change. */
  next(before: ArrayLike<number>): Float64Array {
    return this.#saidAfter(before).probabilities;
  }

  /** Its likeliest tokens at each position of a text. */
  read(text: Uint32Array, most = 20): Prediction[] {
    return Array.from(text, (_, at) => likeliest(this.#saidAfter(text.subarray(0, at)), most));
  }

  /** Writes an answer, with what it gave its likeliest tokens. */
  answer(length: number, seed: string, most = 5): { tokenIds: Uint32Array; predictions: Prediction[] } {
    const random = seededRandom(seed);
    const tokenIds = new Uint32Array(length);
    const predictions: Prediction[] = [];
    for (let at = 0; at < length; at++) {
      const said = this.#saidAfter(tokenIds.subarray(0, at));
      predictions.push(likeliest(said, most));
      tokenIds[at] = drawFrom(said.probabilities, random);
    }
    return { tokenIds, predictions };
  }

  #saidAfter(before: ArrayLike<number>): Said {
    const last = before[before.length - 1];
    const first = before[before.length - 2];
    const context = ((first ?? -1) + 1) * (this.#vocabulary + 1) + ((last ?? -1) + 1);
    const known = this.#said.get(context);
    if (known !== undefined) return known;
    const said = { probabilities: this.#mixed(first, last), ranked: undefined };
    this.#said.set(context, said);
    return said;
  }

  #mixed(first: number | undefined, last: number | undefined): Float64Array {
    const single = mix(this.#singles, new Float64Array(this.#vocabulary).fill(1 / this.#vocabulary), 5);
    const pair = mix(last === undefined ? undefined : this.#pairs.get(last), single, 5);
    if (last === undefined || first === undefined) return pair;
    return mix(this.#triples.get(this.#vocabulary * first + last), pair, 5);
  }

  #row(table: Map<number, Float64Array>, context: number): Float64Array {
    const known = table.get(context) ?? new Float64Array(this.#vocabulary);
    table.set(context, known);
    return known;
  }
}

function mix(counts: Float64Array | undefined, behind: Float64Array, strength: number): Float64Array {
  if (counts === undefined) return behind;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return behind.map((probability, id) => (counts[id]! + strength * probability) / (total + strength));
}

function likeliest(said: Said, most: number): Prediction {
  said.ranked ??= [...said.probabilities.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return said.ranked.slice(0, most);
}

const FIRST_LETTER = 0x100;

/** The laboratory's tokens as texts: each is one letter of two bytes. */
export const LETTERS: Tokenizer = {
  name: 'letters',
  vocabSize: VOCABULARY,
  fingerprint: '0'.repeat(64),
  encode: (text) =>
    Uint32Array.from(text, (letter) => {
      const id = (letter.codePointAt(0) ?? 0) - FIRST_LETTER;
      if (id < 0 || id >= VOCABULARY) throw new WatermarkError('tokenizer-refused', 'no letter');
      return id;
    }),
  decode: (tokenIds) =>
    Array.from(tokenIds as Iterable<number>, (id) => String.fromCodePoint(FIRST_LETTER + id)).join(''),
  tokenBytes: (id) => Buffer.from(String.fromCodePoint(FIRST_LETTER + id)),
  byteOffsets: (tokenIds) => Uint32Array.from({ length: Array.from(tokenIds).length + 1 }, (_, i) => 2 * i),
  close: () => undefined,
};
