/**
 * The marks of transformers once more, from what is published of them: slow, and written for nothing but to compare with.
 *
 * Source: SynthIDTextWatermarkLogitsProcessor, WatermarkLogitsProcessor and WatermarkDetector in the documentation of
 * huggingface/transformers; Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), for torch's generator on a CPU.
 */
import { layerKeys, tableBits } from './synthid/reference.ts';

/** MT19937 as it stands in the paper, and what torch draws with it. */
export class PlainTwister {
  readonly #state: number[] = [];
  #next = 624;

  /** @param seed its low 32 bits are what matters. */
  constructor(seed: bigint) {
    let word = Number(BigInt.asUintN(32, seed));
    for (let i = 1; i <= 624; i++) {
      this.#state.push(word);
      word = (Math.imul(1_812_433_253, word ^ (word >>> 30)) + i) >>> 0;
    }
  }

  /** Draws 32 bits. */
  word(): number {
    if (this.#next === 624) this.#twist();
    let word = this.#state[this.#next++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** Draws a number in (0, 1). */
  uniform(): number {
    return (this.word() + 0.5) / 2 ** 32;
  }

  /** Draws the first `count` of `torch.randperm(n)`: Fisher and Yates from the front, so that no later step moves them. */
  permutation(n: number, count: number = n): number[] {
    const ids = Array.from({ length: n }, (_, id) => id);
    for (let i = 0; i < Math.min(count, n - 1); i++) {
      const other = i + (this.word() % (n - i));
      const moved = ids[i]!;
      ids[i] = ids[other]!;
      ids[other] = moved;
    }
    return ids.slice(0, count);
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const both = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
      state[i] = (state[(i + 397) % 624]! ^ (both >>> 1) ^ ((both & 1) * 0x9908b0df)) >>> 0;
    }
    this.#next = 0;
  }
}

/** How a peer marks: logits of a step in, probabilities out. Steps come in order. */
export type PeerStep = (tokenIds: readonly number[], logits: ArrayLike<number>) => number[];

/** A mark as its peer writes and reads it. */
export interface PeerRule {
  /** Starts a response. */
  start(): PeerStep;
  /**
   * Returns by how many standard deviations a response is above what text without the mark has on average.
   *
   * @param tokenIds the response, without its prompt.
   */
  zScore(tokenIds: readonly number[]): number;
}

/**
 * SynthID-Text with a table of 2^16 bits from seed 0: n-grams of generated tokens, and the mean of their g-values over distinct
 * contexts.
 */
export function synthIdRule(keys: readonly bigint[], ngramLength: number): PeerRule {
  const random = new PlainTwister(0n);
  const table = Array.from({ length: 2 ** 16 }, () => random.word() % 2);
  const share = table.reduce((sum, bit) => sum + bit, 0) / table.length;
  return {
    start() {
      const context = new Array<number>(ngramLength - 1).fill(0);
      const seen = new Set<bigint>();
      let isFirst = true;
      return (tokenIds, logits) => {
        if (!isFirst) context.push(...tokenIds.slice(-1));
        if (!isFirst) context.shift();
        isFirst = false;
        const probs = plainProbabilities(logits);
        // With a key of 0 folded in, which takes no two hashes to one.
        const [hash] = layerKeys(1n, context, [0n]);
        if (seen.has(hash!)) return probs;
        seen.add(hash!);
        // What cannot come needs no bits.
        const bits = probs.map((prob, id) => (prob > 0 ? tableBits(table, [...context, id], keys) : ''));
        for (const layer of keys.keys()) {
          const ones = bits.map((each) => Number(each[layer] ?? 0));
          const mass = probs.reduce((sum, prob, id) => sum + prob * ones[id]!, 0);
          for (const [id, one] of ones.entries()) probs[id]! *= 1 + one - mass;
        }
        return probs;
      };
    },
    zScore(tokenIds) {
      const contexts = new Set<string>();
      const digits: string[] = [];
      for (let end = ngramLength; end <= tokenIds.length; end++) {
        const ngram = tokenIds.slice(end - ngramLength, end);
        const context = ngram.slice(0, -1).join();
        if (!contexts.has(context)) digits.push(...tableBits(table, ngram, keys));
        contexts.add(context);
      }
      const ones = digits.filter((digit) => digit === '1').length;
      return (ones - share * digits.length) / Math.sqrt(share * (1 - share) * digits.length);
    },
  };
}

/** What a rule of green lists is made of; names as in `WatermarkingConfig`. */
export interface PeerListConfig {
  readonly hashing_key: number;
  readonly greenlist_ratio: number;
  readonly bias: number;
  readonly seeding_scheme: 'lefthash' | 'selfhash';
  readonly context_width: number;
}

/** Green lists of transformers: a bias on them, and the count of green tokens over distinct n-grams. */
export function greenListRule(config: PeerListConfig, vocabSize: number): PeerRule {
  const { greenlist_ratio: ratio, bias, seeding_scheme, context_width: width } = config;
  const key = BigInt(config.hashing_key);
  const isSelf = seeding_scheme === 'selfhash';
  const table = isSelf ? new PlainTwister(key).permutation(1_000_003) : [];
  const hash = (id: number): bigint => BigInt(table[id % table.length]! + 1);

  const greenOf = (text: readonly number[]): Set<number> => {
    const window = text.slice(-width);
    const last = window.at(-1)!;
    const products = isSelf
      ? window.map((id) => BigInt.asIntN(64, key * hash(id) * hash(last)))
      : [key * BigInt(last)];
    const [least = 0n] = products.sort((a, b) => (a < b ? -1 : 1));
    const modulus = 2n ** 64n - 1n;
    const seed = ((least % modulus) + modulus) % modulus;
    return new Set(new PlainTwister(seed).permutation(vocabSize, Math.floor(ratio * vocabSize)));
  };
  // The scored token is in its own window for selfhash, and after it for lefthash.
  const isGreen = (ngram: readonly number[]): boolean =>
    greenOf(isSelf ? ngram : ngram.slice(0, -1)).has(ngram.at(-1)!);

  return {
    start: () => (tokenIds, logits) => {
      const biased = Array.from(logits);
      if (tokenIds.length >= width && !isSelf) for (const id of greenOf(tokenIds)) biased[id]! += bias;
      if (tokenIds.length >= width && isSelf) {
        const order = [...biased.keys()].sort((a, b) => logits[b]! - logits[a]!);
        for (const id of order.slice(0, 40)) if (isGreen([...tokenIds, id])) biased[id]! += bias;
      }
      return plainProbabilities(biased);
    },
    zScore(tokenIds) {
      const length = isSelf ? width : width + 1;
      const ngrams = new Map<string, number[]>();
      for (let end = length; end <= tokenIds.length; end++) {
        const ngram = tokenIds.slice(end - length, end);
        ngrams.set(ngram.join(), ngram);
      }
      const green = [...ngrams.values()].filter(isGreen).length;
      return (green - ratio * ngrams.size) / Math.sqrt(ratio * (1 - ratio) * ngrams.size);
    },
  };
}

/** Softmax. */
export function plainProbabilities(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b));
  const weights = values.map((logit) => Math.exp(logit - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Draws an index with its probability. */
export function multinomial(probs: readonly number[], random: PlainTwister): number {
  const total = probs.reduce((a, b) => a + b, 0);
  let left = random.uniform() * total;
  const drawn = probs.findIndex((prob) => {
    left -= prob;
    return left < 0;
  });
  // Rounding may leave the last bit of the mass over.
  return drawn >= 0 ? drawn : probs.findLastIndex((prob) => prob > 0);
}
