import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import type { Normalizer } from './added-tokens.ts';
import { alphabetBytes, byteAlphabet } from './byte-alphabet.ts';
import type { ByteLevelModel } from './byte-level.ts';
import { MAX_RANKS, type Merge } from './merge-pairs.ts';
import { GPT2_PATTERN, isSpecPattern } from './merge-split.ts';
import type { TokenBytes } from './merge-vocabulary.ts';
import { nfc } from './nfc.ts';
import { mergePair, ordinaryNames } from './ordinary-names.ts';
import { textOf } from './token-bytes.ts';
import type { AddedTokenEntry, TokenizerFile } from './tokenizer-file.ts';

// Each schema below accepts exactly what ByteLevelTokenizer does the same way; strict, so that a field nobody
// thought of sends the file to the library instead of changing ids in silence.

const ByteLevel = z.strictObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  trim_offsets: z.boolean().optional(),
  use_regex: z.boolean().default(true),
});
const Split = z.strictObject({
  type: z.literal('Split'),
  pattern: z.strictObject({ Regex: z.string() }),
  behavior: z.literal('Isolated'),
  invert: z.literal(false),
});
const PreTokenizer = z.union([
  ByteLevel.transform((only) => (only.use_regex ? GPT2_PATTERN : undefined)),
  z
    .strictObject({ type: z.literal('Sequence'), pretokenizers: z.tuple([Split, ByteLevel]) })
    .transform(({ pretokenizers: [split, last] }) => (last.use_regex ? undefined : split.pattern.Regex)),
]);

const Nfc = z.strictObject({ type: z.literal('NFC') });
const NormalizerPart = z.union([
  z.null().transform((): Normalizer => 'none'),
  Nfc.transform((): Normalizer => 'nfc'),
  z
    .strictObject({ type: z.literal('Sequence'), normalizers: z.array(Nfc).max(1) })
    .transform(({ normalizers }): Normalizer => (normalizers.length === 0 ? 'none' : 'nfc')),
]);

const Empty = z.literal('').nullable().optional();
const Model = z.strictObject({
  type: z.literal('BPE').optional(),
  dropout: z.literal(0).nullable().optional(),
  unk_token: z.string().nullable().optional(), // every byte has a token, so no piece is unknown
  continuing_subword_prefix: Empty,
  end_of_word_suffix: Empty,
  fuse_unk: z.boolean().optional(),
  byte_fallback: z.boolean().optional(),
  ignore_merges: z.boolean().default(false),
  vocab: z.custom<Readonly<Record<string, unknown>>>((value) => typeof value === 'object' && value !== null),
  merges: z.array(z.unknown()),
});

const Parts = z.object({
  model: Model,
  normalizer: NormalizerPart,
  pre_tokenizer: PreTokenizer,
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
});

/**
 * Returns a tokenizer.json as a byte-level model, or `undefined` if it is something else: another model,
 * another pattern, or a feature that would give other ids.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if it is one, and a merge is not two tokens that make a third.
 */
export function byteLevelModel(name: string, file: TokenizerFile): ByteLevelModel | undefined {
  const parsed = Parts.safeParse({ ...file, normalizer: file.normalizer ?? null });
  if (!parsed.success) return undefined;
  const { model, normalizer, pre_tokenizer: pattern } = parsed.data;
  if (pattern === undefined || !isSpecPattern(pattern)) return undefined;

  const added = file.added_tokens.filter(({ special }) => !special);
  if (!added.every((token) => isPlain(token, normalizer))) return undefined;
  // A special token that merging gives would leave a merge without its product.
  const ordinary = ordinaryNames(file);
  const isMerged = ({ special, id, content }: AddedTokenEntry): boolean =>
    special && model.vocab[content] === id && ordinary.has(content);
  if (file.added_tokens.some(isMerged)) return undefined;
  const names = new Map(
    file.added_tokens.filter((token) => token.special).map(({ id, content }) => [id, content]),
  );
  const vocabulary = readVocabulary(model.vocab, names);
  if (vocabulary === undefined || !added.every((token) => agrees(token, vocabulary))) return undefined;
  return {
    name,
    pattern,
    normalizer,
    tokens: vocabulary.tokens,
    special: vocabulary.special,
    added,
    merges: model.merges.map((merge, rank) => readMerge(merge, rank, vocabulary.ids)),
    wholePieces: model.ignore_merges,
  };
}

/** Whether an added token is found wherever its content stands, as `segmenter` does it. */
function isPlain(token: AddedTokenEntry, normalizer: Normalizer): boolean {
  if (token.single_word || token.lstrip || token.rstrip) return false;
  return !token.normalized || normalizer === 'none' || token.content === nfc(token.content);
}

interface VocabularyEntries {
  /** The entries that merging can give. */
  readonly tokens: TokenBytes;
  /** The same by name. */
  readonly ids: ReadonlyMap<string, number>;
  /** The names of all others. */
  readonly special: ReadonlyMap<number, string>;
}

/** Returns `undefined` if an id is out of range or has two names, or a byte has no token. */
function readVocabulary(
  vocab: Readonly<Record<string, unknown>>,
  special: ReadonlyMap<number, string>,
): VocabularyEntries | undefined {
  const alphabet = byteAlphabet();
  const entries: { readonly id: number; readonly bytes: Uint8Array }[] = [];
  const ids = new Map<string, number>();
  const names = new Map(special);
  for (const [name, id] of Object.entries(vocab)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MAX_RANKS) return undefined;
    const bytes = special.has(id) ? undefined : alphabetBytes(alphabet, name);
    if (bytes === undefined) {
      if (!special.has(id)) names.set(id, name);
      continue;
    }
    entries.push({ id, bytes });
    ids.set(name, id);
  }
  if (![...alphabet.keys()].every((byte) => ids.has(byte))) return undefined;
  const tokens = packTokens(entries);
  return tokens === undefined ? undefined : { tokens, ids, special: names };
}

function packTokens(
  entries: readonly { readonly id: number; readonly bytes: Uint8Array }[],
): TokenBytes | undefined {
  const size = entries.reduce((most, { id }) => Math.max(most, id + 1), 0);
  const blob = new Uint8Array(entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const starts = new Uint32Array(size);
  const lengths = new Uint32Array(size);
  let end = 0;
  for (const { id, bytes } of entries) {
    if (lengths[id] !== 0) return undefined;
    starts[id] = end;
    lengths[id] = bytes.length;
    blob.set(bytes, end);
    end += bytes.length;
  }
  return { size, blob, starts, lengths };
}

/** Whether the vocabulary, where it has the added token too, has it with this id and these bytes. */
function agrees({ id, content }: AddedTokenEntry, { tokens, ids }: VocabularyEntries): boolean {
  if ((ids.get(content) ?? id) !== id) return false;
  const start = tokens.starts[id] ?? 0;
  const length = tokens.lengths[id] ?? 0;
  return length === 0 || textOf(tokens.blob.subarray(start, start + length)) === content;
}

/** Reads `"left right"` or `["left", "right"]`. */
function readMerge(merge: unknown, rank: number, ids: ReadonlyMap<string, number>): Merge {
  const [left, right, ...rest] = mergePair(merge);
  if (typeof left === 'string' && typeof right === 'string' && rest.length === 0) {
    const [leftId, rightId, product] = [ids.get(left), ids.get(right), ids.get(left + right)];
    if (leftId !== undefined && rightId !== undefined && product !== undefined) {
      return { left: leftId, right: rightId, product };
    }
  }
  throw new WatermarkError('tokenizer-unreadable', `merge ${rank} is not two tokens that make a third`);
}
