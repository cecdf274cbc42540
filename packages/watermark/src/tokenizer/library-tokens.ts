import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import { alphabetBytes, byteAlphabet } from './byte-alphabet.ts';
import { packNames } from './packed-names.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/** Entries of a vocabulary: names, and their ids `[names.length]`. */
export interface VocabularyEntries {
  readonly names: readonly string[];
  readonly ids: Uint32Array;
}

// Lists of pieces with scores, or an object of ids by name.
function vocabularyEntries(vocab: unknown): VocabularyEntries | undefined {
  if (Array.isArray(vocab)) {
    const names = vocab.map((entry: unknown): unknown => (Array.isArray(entry) ? entry[0] : undefined));
    const isWhole = names.every((name) => typeof name === 'string');
    return isWhole ? { names, ids: Uint32Array.from(names, (_, id) => id) } : undefined;
  }
  if (typeof vocab !== 'object' || vocab === null) return undefined;
  const names = Object.keys(vocab);
  return { names, ids: Uint32Array.from(names, (name) => Number((vocab as Record<string, unknown>)[name])) };
}

// What the decoders of huggingface/tokenizers do to one token. What they do to a whole text (`Strip` takes a
// space off its front) is left out: tokens have bytes of their own here, whatever stands around them.
const Decoder = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('ByteLevel') }),
  z.looseObject({ type: z.literal('ByteFallback') }),
  z.looseObject({ type: z.literal('Fuse') }),
  z.looseObject({ type: z.literal('Strip') }),
  z.looseObject({ type: z.literal('Metaspace'), replacement: z.string().min(1).default('▁') }),
  z.looseObject({
    type: z.literal('Replace'),
    pattern: z.object({ String: z.string().min(1) }),
    content: z.string(),
  }),
  z.looseObject({ type: z.literal('WordPiece'), prefix: z.string().default('##') }),
  z.looseObject({ type: z.literal('BPEDecoder'), suffix: z.string().min(1).default('</w>') }),
]);
type Step = z.output<typeof Decoder>;

const Decoders = z.union([
  z.null().transform((): Step[] => []),
  Decoder.transform((step): Step[] => [step]),
  z
    .looseObject({ type: z.literal('Sequence'), decoders: z.array(Decoder) })
    .transform(({ decoders }): Step[] => decoders),
]);

/** The tokens of a file that a library encodes with. */
export interface LibraryTokens {
  /** One above the largest id. */
  readonly vocabSize: number;
  /** Returns the name that the file has for a token, or `undefined` if the id stands for none. */
  nameOf(tokenId: number): string | undefined;
  /** Returns the bytes of a token, or `undefined` if the id stands for none. */
  bytesOf(tokenId: number): Uint8Array | undefined;
}

/**
 * Returns the tokens of a tokenizer.json with the bytes that its decoder makes of them.
 *
 * @param vocabulary the file's, where it was read already.
 * @throws {WatermarkError} `tokenizer-unreadable` if the decoder or the vocabulary is of an unknown kind.
 */
export function libraryTokens(
  file: TokenizerFile,
  vocabulary: VocabularyEntries | undefined = vocabularyEntries(file.model['vocab']),
): LibraryTokens {
  const decoder = Decoders.safeParse(file.decoder ?? null);
  if (!decoder.success) throw unknownKind('decoder');
  if (vocabulary === undefined) throw unknownKind('vocabulary');
  const names = packNames(vocabulary.names, vocabulary.ids);
  const added = new Map(file.added_tokens.map(({ id, content }) => [id, content]));
  let vocabSize = names.size;
  for (const id of added.keys()) vocabSize = Math.max(vocabSize, id + 1);
  const decode = tokenDecoder(decoder.data);
  const nameOf = (tokenId: number): string | undefined => added.get(tokenId) ?? names.nameOf(tokenId);
  return {
    vocabSize,
    nameOf,
    bytesOf(tokenId) {
      const name = nameOf(tokenId);
      return name === undefined ? undefined : decode(name);
    },
  };
}

function unknownKind(part: string): WatermarkError {
  return new WatermarkError('tokenizer-unreadable', `its ${part} is of an unknown kind`);
}

function tokenDecoder(steps: readonly Step[]): (name: string) => Uint8Array {
  const alphabet = byteAlphabet();
  return (name) => {
    let text = name;
    for (const step of steps) {
      switch (step.type) {
        case 'ByteLevel':
          return alphabetBytes(alphabet, text) ?? utf8ToBytes(text);
        case 'ByteFallback': {
          const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
          if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
          break;
        }
        case 'Metaspace':
          text = text.replaceAll(step.replacement, ' ');
          break;
        case 'Replace':
          text = text.replaceAll(step.pattern.String, step.content);
          break;
        case 'WordPiece':
          text = text.startsWith(step.prefix) ? text.slice(step.prefix.length) : ` ${text}`;
          break;
        case 'BPEDecoder':
          text = text.replaceAll(step.suffix, ' ');
          break;
        case 'Fuse':
        case 'Strip':
      }
    }
    return utf8ToBytes(text);
  };
}
