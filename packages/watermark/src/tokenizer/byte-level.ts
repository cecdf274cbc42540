import { utf8ToBytes } from '@noble/hashes/utils.js';
import { type Segment, segmenter } from './added-tokens.ts';
import { buildTables } from './byte-level-tables.ts';
import { type ByteLevelRules, byteLevelFingerprint } from './fingerprint.ts';
import { type EncoderTables, encodeBytes } from './merge-encode.ts';
import { compositionOf, originalOffsets } from './offset-map.ts';
import { firstMismatch, joinIds, joinTokens, mismatchError, textOf, tokenOffsets } from './token-bytes.ts';
import type { TokenIds, Tokenizer } from './tokenizer.ts';

/** A byte-level byte-pair tokenizer as data. */
export interface ByteLevelModel extends ByteLevelRules {
  readonly name: string;
  /** Names of the tokens that ordinary text never gives, by id. */
  readonly special: ReadonlyMap<number, string>;
  /** Ids are below it, where special tokens have ids and no names here. */
  readonly leastVocabSize?: number;
}

/** What is needed while the tokenizer is open. */
interface OpenModel {
  readonly model: ByteLevelModel;
  readonly tables: EncoderTables;
  /** The tokens that are not merged from bytes, by id. */
  readonly named: ReadonlyMap<number, string>;
  readonly segmentsOf: (text: string) => readonly Segment[];
}

/**
 * A tokenizer whose pieces are merged from bytes.
 *
 * Cutting is linear and merging n·log n in the length of the text, whatever the text.
 */
export class ByteLevelTokenizer implements Tokenizer {
  readonly name: string;
  readonly vocabSize: number;
  readonly fingerprint: string;
  #open: OpenModel | undefined;

  /**
   * Builds the tables of a model.
   *
   * @throws {WatermarkError} `tokenizer-unreadable` if the pattern is unknown, a byte has no token, or there
   *   are more than 2^21 tokens or merges.
   */
  constructor(model: ByteLevelModel) {
    const named = new Map([
      ...model.special,
      ...model.added.map(({ id, content }) => [id, content] as const),
    ]);
    let vocabSize = Math.max(model.tokens.size, model.leastVocabSize ?? 0);
    for (const id of named.keys()) vocabSize = Math.max(vocabSize, id + 1);
    this.name = model.name;
    this.vocabSize = vocabSize;
    this.#open = {
      model,
      named,
      tables: buildTables(model),
      segmentsOf: segmenter(model.added, model.normalizer),
    };
    this.fingerprint = byteLevelFingerprint(model);
  }

  encode(text: string): Uint32Array {
    const { tables, segmentsOf } = this.#live();
    return joinIds(
      segmentsOf(text).map((segment) =>
        typeof segment === 'number' ? Uint32Array.of(segment) : encodeBytes(tables, utf8ToBytes(segment)),
      ),
    );
  }

  decode(tokenIds: TokenIds): string {
    return textOf(joinTokens(this.#tokens(tokenIds)));
  }

  tokenBytes(tokenId: number): Uint8Array {
    return this.#bytesOf(tokenId).slice();
  }

  byteOffsets(tokenIds: TokenIds, text?: string): Uint32Array {
    const tokens = this.#tokens(tokenIds);
    const offsets = tokenOffsets(tokens);
    if (text === undefined) return offsets;
    const { segmentsOf, named } = this.#live();
    const spelled = segmentsOf(text)
      .map((segment) => (typeof segment === 'number' ? named.get(segment) : segment))
      .join('');
    const mismatch = firstMismatch(tokens, utf8ToBytes(spelled));
    if (mismatch !== undefined) throw mismatchError(mismatch);
    return spelled === text ? offsets : originalOffsets(compositionOf(text, spelled), offsets);
  }

  close(): void {
    this.#open = undefined;
  }

  #live(): OpenModel {
    if (this.#open === undefined) throw new TypeError('the tokenizer was closed');
    return this.#open;
  }

  #tokens(tokenIds: TokenIds): readonly Uint8Array[] {
    return Array.from(tokenIds, (tokenId) => this.#bytesOf(tokenId));
  }

  #bytesOf(tokenId: number): Uint8Array {
    const { model, named } = this.#live();
    const start = model.tokens.starts[tokenId] ?? 0;
    const length = model.tokens.lengths[tokenId] ?? 0;
    if (length > 0) return model.tokens.blob.subarray(start, start + length);
    const name = named.get(tokenId);
    if (name !== undefined) return utf8ToBytes(name);
    throw new RangeError(`"tokenId" expected the id of a token below ${this.vocabSize}, got ${tokenId}`);
  }
}
