import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import { alphabetBytes, byteAlphabet } from './byte-alphabet.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

const Vocabulary = z.union([
  z
    .array(z.tuple([z.string(), z.number()]))
    .transform((pieces) => new Map(pieces.map(([piece], id) => [id, piece]))),
  z
    .custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    )
    .transform((ids) => new Map(Object.entries(ids).map(([name, id]) => [Number(id), name]))),
]);

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
  /** Returns the bytes of a token, or `undefined` if the id stands for none. */
  bytesOf(tokenId: number): Uint8Array | undefined;
}

/**
 * Returns the tokens of a tokenizer.json with the bytes that its decoder makes of them.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if the decoder or the vocabulary is of an unknown kind.
 */
export function libraryTokens(file: TokenizerFile): LibraryTokens {
  const decoder = Decoders.safeParse(file.decoder ?? null);
  const merged = Vocabulary.safeParse(file.model['vocab']);
  if (!decoder.success) throw unknownKind('decoder');
  if (!merged.success) throw unknownKind('vocabulary');
  const names = new Map([
    ...merged.data,
    ...file.added_tokens.map(({ id, content }) => [id, content] as const),
  ]);
  let vocabSize = 0;
  for (const id of names.keys()) vocabSize = Math.max(vocabSize, id + 1);
  const decode = tokenDecoder(decoder.data);
  return {
    vocabSize,
    bytesOf(tokenId) {
      const name = names.get(tokenId);
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
