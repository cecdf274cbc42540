/** A model of human text: the next token by the two before it, mixed with shorter contexts. */
const TRIGRAM_SHARE = 0.5;
const BIGRAM_SHARE = 0.4;
// What is left is by the token's own frequency, with one more of each so that none is impossible.

/** Next tokens of a kind of text. */
export interface MarkovModel {
  readonly vocabSize: number;
  /** Writes the logarithms of the probabilities of all tokens: Float32Array `[vocabSize]`. */
  logits(text: ArrayLike<number>, length: number, out: Float32Array): void;
}

/** Learns a model from tokens. */
export function trainMarkovModel(tokenIds: Uint32Array, vocabSize: number): MarkovModel {
  const successors = new Map<number, number[]>();
  const learn = (context: number, id: number): void => {
    const list = successors.get(context);
    if (list === undefined) successors.set(context, [id]);
    else list.push(id);
  };
  const unigram = new Float64Array(vocabSize).fill(1);
  for (let i = 2; i < tokenIds.length; i++) {
    const id = tokenIds[i]!;
    unigram[id]!++;
    learn(tokenIds[i - 1]!, id);
    learn(vocabSize * (1 + tokenIds[i - 2]!) + tokenIds[i - 1]!, id);
  }
  const all = unigram.reduce((sum, count) => sum + count, 0);
  const rest = 1 - TRIGRAM_SHARE - BIGRAM_SHARE;
  const rare = unigram.map((count) => (rest * count) / all);
  const lnRare = rare.map(Math.log);
  // What successors add; zeros again after each use.
  const added = new Float64Array(vocabSize);
  // How often each id is in a list: of frequent contexts, which come again and again, lists are long.
  const counted = new WeakMap<readonly number[], ReadonlyMap<number, number>>();
  const countsOf = (list: readonly number[]): ReadonlyMap<number, number> => {
    const found = counted.get(list);
    if (found !== undefined) return found;
    const counts = new Map<number, number>();
    for (const id of list) counts.set(id, (counts.get(id) ?? 0) + 1);
    counted.set(list, counts);
    return counts;
  };
  const add = (list: readonly number[], share: number): void => {
    for (const [id, count] of countsOf(list)) added[id]! += (share * count) / list.length;
  };
  const contexts = (text: ArrayLike<number>, length: number): [number[], number[]] => {
    const last = text[length - 1]!;
    const bigram = successors.get(last) ?? [last];
    return [successors.get(vocabSize * (1 + text[length - 2]!) + last) ?? bigram, bigram];
  };
  return {
    vocabSize,
    logits(text, length, out) {
      out.set(lnRare);
      const [trigram, bigram] = contexts(text, length);
      add(trigram, TRIGRAM_SHARE);
      add(bigram, BIGRAM_SHARE);
      for (const counts of [countsOf(trigram), countsOf(bigram)]) {
        for (const id of counts.keys()) {
          if (added[id] === 0) continue;
          out[id] = Math.log(rare[id]! + added[id]!);
          added[id] = 0;
        }
      }
    },
  };
}
