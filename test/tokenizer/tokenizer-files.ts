import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';

/** A token of `added_tokens`, plain unless `flags` say otherwise. */
export function addedToken(id: number, content: string, flags: Record<string, boolean> = {}) {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  return { id, content, ...plain, ...flags };
}

/** The demo model's tokenizer.json, 4,096 tokens of byte-level byte-pair encoding, with parts replaced. */
export function demoFile({ model = {}, ...parts }: { model?: object; [part: string]: unknown } = {}) {
  const file = JSON.parse(readFileSync(join(demoModelDirectory(), 'tokenizer.json'), 'utf8'));
  return { ...file, ...parts, model: { ...file.model, ...model } };
}

/** A `pre_tokenizer` that splits by a pattern, as Llama 3 and its successors have it. */
export function splitBy(pattern: string) {
  return {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  };
}

const CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
const TAIL = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const UPPER = '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';

/** The patterns of the three families after GPT-2, by the model that made each known. */
export const PATTERNS = {
  'Llama 3': `(?i:${CONTRACTIONS})|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${TAIL}`,
  Qwen: `(?i:${CONTRACTIONS})|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${TAIL}`,
  'gpt-oss': `${UPPER}*${LOWER}+(?i:${CONTRACTIONS})?|${UPPER}+${LOWER}*(?i:${CONTRACTIONS})?|\\p{N}{1,3}${TAIL.replace('[\\r\\n]*', '[\\r\\n/]*')}`,
} as const;

/** GPT-2's names of the 256 bytes: visible characters of Latin-1, and U+0100 onwards for the others. */
function byteNames(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(visible ? byte : next++);
  });
}

/**
 * A tokenizer.json in which any two bytes of `characters` join. The ids of a text show where it was cut, whereas
 * a trained vocabulary has hardly a token across a cut.
 */
export function pairFile(characters: string) {
  const names = byteNames();
  const used = [...new Set(new TextEncoder().encode(characters))].map((byte) => names[byte]!);
  const merges = used.flatMap((left) => used.map((right) => [left, right]));
  const vocab = [...names, ...merges.map((pair) => pair.join(''))];
  return demoFile({
    added_tokens: [],
    model: { vocab: Object.fromEntries(vocab.map((name, id) => [name, id])), merges },
  });
}

/** {@link metaspaceFile} with digits cut out first: nothing that an encoder of ours reads. */
export function libraryFile() {
  return { ...metaspaceFile(), pre_tokenizer: { type: 'Digits', individual_digits: false } };
}

/** Merges by words and a space put in front, as SentencePiece does it in Llama 2. */
export function metaspaceFile() {
  const names = ['<unk>', '<s>', ...Array.from({ length: 256 }, (_, byte) => `<0x${hex(byte)}>`)];
  names.push('▁', 'a', 'b', 'ab', '▁ab', '<', 's', '>');
  return {
    version: '1.0',
    added_tokens: [addedToken(0, '<unk>', { special: true }), addedToken(1, '<s>', { special: true })],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges: ['a b', '▁ ab'],
    },
  };
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
