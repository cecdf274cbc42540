/**
 * A language model of counted n-grams: how likely a token is after the few before it.
 * Source: Witten and Bell, IEEE Trans. Inform. Theory 37 (1991), method C, interpolated down to the uniform distribution.
 */
import { NgramTable } from './ngram-table.ts';

/**
 * Counts token n-grams of texts and gives the probability of tokens by them.
 *
 * With N(c) tokens counted after a context c, T(c) different ones, and c′ the context without its first token,
 * p(v | c) = (N(c v) + T(c) p(v | c′)) / (N(c) + T(c)).
 */
export class NgramModel {
  /** Number of token ids. */
  readonly vocabSize: number;
  /** Tokens in the longest n-gram counted. */
  readonly order: number;
  /** The counts. */
  readonly table: NgramTable;

  /**
   * Starts without a text, or with the counts of another model.
   *
   * @param vocabSize number of token ids, integer ≥ 1.
   * @param order     tokens in the longest n-gram, 1 … 8.
   * @param table     counts to go on from; taken over.
   * @throws {RangeError} if a number is out of range.
   */
  constructor(vocabSize: number, order: number, table: NgramTable = new NgramTable()) {
    if (!(Number.isInteger(vocabSize) && vocabSize >= 1)) {
      throw new RangeError(`"vocabSize" expected an integer >= 1, got ${vocabSize}`);
    }
    if (!(Number.isInteger(order) && order >= 1 && order <= 8)) {
      throw new RangeError(`"order" expected an integer in 1 … 8, got ${order}`);
    }
    this.vocabSize = vocabSize;
    this.order = order;
    this.table = table;
  }

  /**
   * Counts one text.
   *
   * @param tokenIds Uint32Array `[n]`, each below `vocabSize`. Not retained.
   * @throws {RangeError} naming the first id that is not.
   */
  count(tokenIds: Uint32Array): void {
    this.#checkRange(tokenIds);
    for (let position = 0; position < tokenIds.length; position++) {
      let node = 0;
      const end = Math.min(tokenIds.length, position + this.order);
      for (let at = position; at < end; at++) node = this.table.add(node, tokenIds[at] ?? 0);
    }
  }

  /**
   * Computes the probability of each token after those before it in the text.
   *
   * @param tokenIds Uint32Array `[n]`, each below `vocabSize`. Not retained.
   * @returns Float64Array `[n]`, each above 0 and at most 1.
   * @throws {RangeError} naming the first id that is not below the vocabulary's size.
   */
  probabilities(tokenIds: Uint32Array): Float64Array {
    this.#checkRange(tokenIds);
    const table = this.table;
    // The nodes of the contexts of 0, 1, … order − 1 tokens; -1 where one was not counted.
    let contexts = [0];
    return Float64Array.from(tokenIds, (tokenId) => {
      let probability = 1 / this.vocabSize;
      const next = [0];
      for (const context of contexts) {
        if (context < 0) {
          next.push(-1);
          continue;
        }
        const node = table.find(context, tokenId);
        const different = table.followers(context);
        const counted = node < 0 ? 0 : table.occurrences(node);
        if (different > 0) {
          probability = (counted + different * probability) / (table.followed(context) + different);
        }
        next.push(node);
      }
      contexts = next.slice(0, this.order);
      return probability;
    });
  }

  #checkRange(tokenIds: Uint32Array): void {
    const at = tokenIds.findIndex((tokenId) => tokenId >= this.vocabSize);
    if (at < 0) return;
    throw new RangeError(
      `"tokenIds" expected ids below ${this.vocabSize}, got ${tokenIds[at]} at position ${at}`,
    );
  }
}
