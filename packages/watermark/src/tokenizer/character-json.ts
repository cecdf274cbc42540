/** Which tokenizer.json files our own encoder of characters takes: docs/spec.md section 7.2. */
import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { type CharacterModel, META_SPACE } from './character-tables.ts';
import { MAX_RANKS, type MergeColumns } from './merge-pairs.ts';
import { NONE } from './merge-vocabulary.ts';
import { mergePair, ordinaryNames } from './ordinary-names.ts';
import type { AddedTokenEntry, TokenizerFile } from './tokenizer-file.ts';

// Each schema accepts exactly what CharacterTokenizer does as huggingface/tokenizers does it; strict, so that a field nobody thought
// of sends the file to the library.

const Replace = z.strictObject({
  type: z.literal('Replace'),
  pattern: z.strictObject({ String: z.literal(' ') }),
  content: z.literal('▁'),
});
const Prepend = z.strictObject({ type: z.literal('Prepend'), prepend: z.literal('▁') });
const Normalizer = z.union([
  Replace.transform(() => ({ prepends: false })),
  z
    .strictObject({ type: z.literal('Sequence'), normalizers: z.tuple([Prepend, Replace]) })
    .transform(() => ({ prepends: true })),
]);

// No space is left that it could cut at.
const PreTokenizer = z.union([
  z.null(),
  z.strictObject({
    type: z.literal('Split'),
    pattern: z.strictObject({ String: z.literal(' ') }),
    behavior: z.literal('MergedWithPrevious'),
    invert: z.literal(false),
  }),
]);

const Empty = z.literal('').nullable().optional();
const Model = z.strictObject({
  type: z.literal('BPE').optional(),
  dropout: z.literal(0).nullable().optional(),
  unk_token: z.string().nullable().optional(), // every byte has a token, so no character is unknown
  continuing_subword_prefix: Empty,
  end_of_word_suffix: Empty,
  fuse_unk: z.boolean().optional(),
  byte_fallback: z.literal(true),
  ignore_merges: z.literal(false).optional(),
  vocab: z.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
  merges: z.custom<readonly unknown[]>(Array.isArray),
});

const Parts = z.object({ model: Model, normalizer: Normalizer, pre_tokenizer: PreTokenizer });

/**
 * Returns a tokenizer.json as a model of characters with bytes to fall back to, as Llama 2, Mistral and Gemma have it; `undefined`
 * if it is something else.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if it is one, and a merge is not two tokens that make a third.
 */
export function characterModel(file: TokenizerFile): CharacterModel | undefined {
  const parsed = Parts.safeParse({ ...file, pre_tokenizer: file.pre_tokenizer ?? null });
  if (!parsed.success) return undefined;
  const { model, normalizer } = parsed.data;
  const { prepends } = normalizer;
  const added = file.added_tokens.filter(({ special }) => !special);
  if (!added.every((token) => isPlain(token, prepends))) return undefined;

  const { vocab } = model;
  const names = Object.keys(vocab);
  const ids = new Uint32Array(names.length);
  const taken = new Uint8Array(MAX_RANKS);
  for (let i = 0; i < names.length; i++) {
    const id = vocab[names[i]!];
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MAX_RANKS || taken[id] === 1) {
      return undefined;
    }
    taken[id] = 1;
    ids[i] = id;
  }
  // The object itself, which is quicker than a map of it; what is no number comes from its prototype.
  const idOf = (name: string): number => {
    const id = vocab[name];
    return typeof id === 'number' ? id : NONE;
  };
  // The library numbers tokens that the vocabulary lacks by itself.
  if (!added.every(({ content, id }) => idOf(content) === id)) return undefined;
  const byteIds = Uint32Array.from({ length: 256 }, (_, byte) => idOf(byteName(byte)));
  if (byteIds.includes(NONE) || model.merges.length > MAX_RANKS) return undefined;

  const ordinary = ordinaryNames(file);
  const special = new Set(
    file.added_tokens
      .filter((each) => each.special && !ordinary.has(each.content))
      .map(({ content }) => content),
  );
  const merges = readMerges(model.merges, idOf);
  // A byte's token stands for no character of its own, and is counted as one symbol; a special token stands for no text.
  const whole = new Set([...byteIds, ...[...special].map(idOf)]);
  if (merges.left.some((id) => whole.has(id)) || merges.right.some((id) => whole.has(id))) return undefined;
  return {
    prepends,
    added: added.map(({ id, content, normalized }): AddedToken => ({ id, content, normalized })),
    names,
    ids,
    byteIds,
    characters: characterIds(names, ids, special),
    merges,
    cutsAtSpaces: !model.merges.some((merge) => crossesSpace(merge)),
  };
}

/**
 * Reads merges.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` naming the first that is not two tokens that make a third.
 */
function readMerges(entries: readonly unknown[], idOf: (name: string) => number): MergeColumns {
  const [left, right, product] = [0, 1, 2].map(() => new Uint32Array(entries.length)) as [
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
  ];
  for (let rank = 0; rank < entries.length; rank++) {
    const pair = mergePair(entries[rank]);
    const [first, second] = pair;
    const isPair = pair.length === 2 && typeof first === 'string' && typeof second === 'string';
    left[rank] = isPair ? idOf(first) : NONE;
    right[rank] = isPair ? idOf(second) : NONE;
    product[rank] = isPair ? idOf(first + second) : NONE;
    if (left[rank] === NONE || right[rank] === NONE || product[rank] === NONE) {
      throw new WatermarkError('tokenizer-unreadable', `merge ${rank} is not two tokens that make a third`);
    }
  }
  return { left, right, product };
}

/** Whether an added token is found wherever its content stands, as `segmenter` does it. */
function isPlain(
  { single_word, lstrip, rstrip, normalized, content }: AddedTokenEntry,
  prepends: boolean,
): boolean {
  if (single_word || lstrip || rstrip) return false;
  return !normalized || (!prepends && !content.includes(' '));
}

function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function characterIds(
  names: readonly string[],
  ids: Uint32Array,
  special: ReadonlySet<string>,
): ReadonlyMap<number, number> {
  const characters = new Map<number, number>();
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name.length > 2) continue;
    const codePoint = name.codePointAt(0);
    if (codePoint === undefined || special.has(name)) continue;
    if (name.length === (codePoint > 0xffff ? 2 : 1)) characters.set(codePoint, ids[i]!);
  }
  return characters;
}

// Whether a merge joins something with a word that follows it.
function crossesSpace(merge: unknown): boolean {
  const [left, right] = mergePair(merge);
  if (typeof left !== 'string' || typeof right !== 'string' || !right.includes(META_SPACE)) return false;
  return /[^▁]▁/.test(left.slice(-1) + right);
}
