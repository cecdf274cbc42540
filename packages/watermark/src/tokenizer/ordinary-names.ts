import type { TokenizerFile } from './tokenizer-file.ts';

const BYTE = /^<0x[0-9A-Fa-f]{2}>$/;
// What a model that looks words up may be asked for: letters, digits and marks, after a sign for a word's start or middle.
const WORD = /^(?:▁|##)?[\p{L}\p{N}\p{M}]+$/u;

/**
 * Returns the special tokens' names that are entries of the vocabulary which ordinary text leads to.
 *
 * Byte-pair encoding leads to single characters, to bytes, and to what two tokens join into. Other models look up whole words: an
 * entry is one if it has letters and digits alone, as `the` and unlike `[SEP]` and `</s>`.
 */
export function ordinaryNames({
  added_tokens,
  model,
}: Pick<TokenizerFile, 'added_tokens' | 'model'>): ReadonlySet<string> {
  const { type = 'BPE', vocab, merges } = model;
  const hasEntry = entriesOf(vocab);
  const isByte = (name: string): boolean => model['byte_fallback'] === true && BYTE.test(name);
  const isCharacter = (name: string): boolean => [...name].length === 1;
  const special = added_tokens.filter((token) => token.special).map(({ content }) => content);
  const entries = new Set(special.filter(hasEntry));
  if (type !== 'BPE') {
    return new Set([...entries].filter((name) => isByte(name) || isCharacter(name) || WORD.test(name)));
  }
  const ordinary = new Set([...entries].filter((name) => isByte(name) || isCharacter(name)));
  const lengths = new Set([...entries].map(({ length }) => length));
  for (const merge of Array.isArray(merges) ? merges : []) {
    const [left, right] = mergePair(merge);
    if (typeof left !== 'string' || typeof right !== 'string') continue;
    if (lengths.has(left.length + right.length) && entries.has(left + right)) ordinary.add(left + right);
  }
  return ordinary;
}

/** Returns what a merge of a tokenizer.json joins: `"left right"` or `["left", "right"]`; anything where it is neither. */
export function mergePair(merge: unknown): readonly unknown[] {
  return typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
}

function entriesOf(vocab: unknown): (name: string) => boolean {
  if (Array.isArray(vocab)) {
    const names = new Set(vocab.map((entry: unknown) => (Array.isArray(entry) ? entry[0] : undefined)));
    return (name) => names.has(name);
  }
  return (name) => typeof vocab === 'object' && vocab !== null && Object.hasOwn(vocab, name);
}
