import { ordinaryNames } from './ordinary-names.ts';
import type { AddedTokenEntry, TokenizerFile } from './tokenizer-file.ts';

/** What marks a special token's name for the library; {@link encodable} keeps it out of every text. */
const GUARD = '\u{10ffff}';

/**
 * Returns `text` as it may be given to a library that read a guarded file.
 *
 * U+10FFFF, which Unicode keeps free of any meaning for good, becomes its neighbour of the same length.
 */
export function encodable(text: string): string {
  return text.replaceAll(GUARD, '\u{10fffe}');
}

/** A tokenizer.json for the library, and its added tokens by the names that they have there. */
export interface GuardedFile {
  readonly json: string;
  readonly added: readonly AddedTokenEntry[];
}

/**
 * Returns a tokenizer.json that gives ordinary text the same ids, and never a special token: the special
 * tokens have names that stand in no text, and nothing is truncated, padded or put around the text. A special token that is also an
 * entry which text leads to, a word or a byte, stays that entry.
 */
export function guardedFile(file: TokenizerFile): GuardedFile {
  const { added_tokens, normalizer = null, pre_tokenizer = null, model } = file;
  const ordinary = ordinaryNames(file);
  const isWord = ({ special, content }: AddedTokenEntry): boolean => special && ordinary.has(content);
  const named = added_tokens.filter((token) => !isWord(token));
  const special = new Set(named.filter((token) => token.special).map(({ content }) => content));
  const guard = (name: string): string => (special.has(name) ? GUARD + name : name);
  const added = named.map((token) => ({ ...token, content: guard(token.content) }));
  const json = JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer,
    pre_tokenizer,
    post_processor: null,
    decoder: null,
    model: {
      ...model,
      vocab: guardVocabulary(model['vocab'], guard),
      ...(typeof model['unk_token'] === 'string' ? { unk_token: guard(model['unk_token']) } : {}),
    },
  });
  return { json, added };
}

/** A list of pieces with scores, or an object of ids by name. */
function guardVocabulary(vocab: unknown, guard: (name: string) => string): unknown {
  if (Array.isArray(vocab)) {
    return vocab.map((entry: unknown) =>
      Array.isArray(entry) && typeof entry[0] === 'string' ? [guard(entry[0]), ...entry.slice(1)] : entry,
    );
  }
  if (typeof vocab !== 'object' || vocab === null) return vocab;
  return Object.fromEntries(Object.entries(vocab).map(([name, id]) => [guard(name), id]));
}
