import { utf8ToBytes } from '@noble/hashes/utils.js';
import { type Segment, segmenterBy } from './added-tokens.ts';
import {
  type CharacterEncoder,
  type CharacterModel,
  characterEncoder,
  encodeCharacters,
  META_SPACE,
  utf8Of,
} from './character-tables.ts';
import { libraryFingerprint } from './fingerprint.ts';
import { encodable } from './library-file.ts';
import { type LibraryTokens, libraryTokens } from './library-tokens.ts';
import { utf8Length } from './offset-map.ts';
import { checkEncoding, firstMismatch, joinIds, joinTokens, textOf, tokenOffsets } from './token-bytes.ts';
import type { TokenIds, Tokenizer } from './tokenizer.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What is needed while the tokenizer is open. */
interface OpenModel {
  readonly encoder: CharacterEncoder;
  readonly tokens: LibraryTokens;
  readonly model: Pick<CharacterModel, 'prepends' | 'byteIds' | 'characters'>;
  readonly segmentsOf: (text: string) => readonly Segment[];
}

/**
 * A tokenizer whose tokens are merged from characters, with bytes for the others: SentencePiece's byte-pair encoding as Llama 2,
 * Mistral and Gemma have it in a tokenizer.json. Ids and fingerprint are those of the library.
 *
 * Merging is n·log n in the length of a text, whatever the text.
 */
export class CharacterTokenizer implements Tokenizer {
  readonly name: string;
  readonly vocabSize: number;
  readonly fingerprint: string;
  #open: OpenModel | undefined;

  /**
   * Builds the tables of a file.
   *
   * @param model what `characterModel` made of it.
   * @throws {WatermarkError} `tokenizer-unreadable` if the decoder is of an unknown kind.
   */
  constructor(name: string, file: TokenizerFile, model: CharacterModel) {
    const tokens = libraryTokens(file, model);
    this.name = name;
    this.vocabSize = tokens.vocabSize;
    this.fingerprint = libraryFingerprint(file);
    const { prepends, byteIds, characters } = model;
    const normalize = (text: string): string =>
      (prepends ? META_SPACE : '') + text.replaceAll(' ', META_SPACE);
    this.#open = {
      model: { prepends, byteIds, characters },
      tokens,
      encoder: characterEncoder(model),
      segmentsOf: segmenterBy(model.added, normalize),
    };
  }

  encode(text: string): Uint32Array {
    const { encoder, segmentsOf } = this.#live();
    return joinIds(
      segmentsOf(wellFormed(text)).map((segment) =>
        typeof segment === 'number' ? Uint32Array.of(segment) : encodeCharacters(encoder, segment),
      ),
    );
  }

  decode(tokenIds: TokenIds): string {
    return textOf(joinTokens(this.#tokens(tokenIds)));
  }

  tokenBytes(tokenId: number): Uint8Array {
    const bytes = this.#live().tokens.bytesOf(tokenId);
    if (bytes !== undefined) return bytes;
    throw new RangeError(`"tokenId" expected the id of a token below ${this.vocabSize}, got ${tokenId}`);
  }

  /**
   * {@inheritDoc Tokenizer.byteOffsets}
   *
   * Where `text` is not what the tokens spell, each byte of a character has the character's offset.
   */
  byteOffsets(tokenIds: TokenIds, text?: string): Uint32Array {
    const ids = Array.from(tokenIds);
    const tokens = this.#tokens(ids);
    if (text === undefined) return tokenOffsets(tokens);
    if (firstMismatch(tokens, utf8ToBytes(text)) === undefined) return tokenOffsets(tokens);
    checkEncoding(this.encode(text), ids);
    return this.#starts(text, ids);
  }

  close(): void {
    this.#open = undefined;
  }

  #live(): OpenModel {
    if (this.#open === undefined) throw new TypeError('the tokenizer was closed');
    return this.#open;
  }

  #tokens(tokenIds: TokenIds): readonly Uint8Array[] {
    return Array.from(tokenIds, (tokenId) => this.tokenBytes(tokenId));
  }

  // Where each token starts in the text that it is the encoding of, in bytes, and at the end the text's length.
  #starts(text: string, ids: readonly number[]): Uint32Array {
    const { segmentsOf, model, tokens } = this.#live();
    const bytes = new Set(model.byteIds);
    const offsets = new Uint32Array(ids.length + 1);
    const cursor = { unit: 0, byte: 0 };
    // What replaces a character has as many code units.
    const pass = (units: number): void => {
      cursor.byte += utf8Length(text.slice(cursor.unit, cursor.unit + units));
      cursor.unit += units;
    };
    let token = 0;
    for (const segment of segmentsOf(wellFormed(text))) {
      if (typeof segment === 'number') {
        offsets[token++] = cursor.byte;
        pass(tokens.nameOf(segment)?.length ?? 0);
        continue;
      }
      const starts: number[] = [];
      for (const [i, character] of [...segment].entries()) {
        const codePoint = character.codePointAt(0) ?? 0;
        const symbols = model.characters.has(codePoint) ? 1 : utf8Of(codePoint).length;
        for (let symbol = 0; symbol < symbols; symbol++) starts.push(cursor.byte);
        if (i > 0 || !model.prepends) pass(character.length);
      }
      for (let symbol = 0; symbol < starts.length; token++) {
        offsets[token] = starts[symbol] ?? cursor.byte;
        const id = ids[token] ?? 0;
        symbol += bytes.has(id) ? 1 : [...(tokens.nameOf(id) ?? ' ')].length;
      }
    }
    return offsets.fill(cursor.byte, token);
  }
}

// As the library is given texts, and each lone surrogate as U+FFFD.
function wellFormed(text: string): string {
  return encodable(text).replace(LONE_SURROGATES, '\ufffd');
}
