import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { writeCanonicalJson } from '../params.ts';
import type { AddedToken, Normalizer } from './added-tokens.ts';
import type { Merge } from './merge-pairs.ts';
import type { TokenBytes } from './merge-vocabulary.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/** What decides the ids that a byte-level byte-pair tokenizer gives ordinary text. */
export interface ByteLevelRules {
  /** The pattern that cuts text into pieces; merges never cross a piece. */
  readonly pattern: string;
  readonly normalizer: Normalizer;
  /** Whether a piece that is a token is that token even where merging would end elsewhere. */
  readonly wholePieces: boolean;
  /** Tokens that merging can give; all 256 single bytes are among them. */
  readonly tokens: TokenBytes;
  /** The listed merges in order, or `undefined` for tiktoken's: implied by the ids. */
  readonly merges: readonly Merge[] | undefined;
  /** Tokens that are taken out of the text before it is cut. */
  readonly added: readonly AddedToken[];
}

/** Returns the fingerprint of a byte-level byte-pair tokenizer: docs/spec.md section 7.1. */
export function byteLevelFingerprint(rules: ByteLevelRules): string {
  const { pattern, normalizer, wholePieces, tokens, merges, added } = rules;
  const addedTokens = added
    .map(({ id, content, normalized }) => [id, content, normalized] as const)
    .sort(([a], [b]) => a - b);
  const rule = merges === undefined ? 'implied' : merges.length;
  const header = JSON.stringify([pattern, normalizer, wholePieces, rule, addedTokens]);
  return fingerprintOf('byte-level', header, concatBytes(tokenList(tokens), mergeList(merges ?? [])));
}

/**
 * Returns the fingerprint of any other tokenizer.json: docs/spec.md section 7.2.
 *
 * Its canonical form, some 20 MB where the vocabulary is large, is hashed as it is written.
 */
export function libraryFingerprint(file: TokenizerFile): string {
  const { added_tokens, model, normalizer = null, pre_tokenizer = null } = file;
  const added = added_tokens.filter(({ special }) => !special);
  const hash = sha256.create().update(utf8ToBytes(headOf('tokenizer.json')));
  writeCanonicalJson({ added_tokens: added, model, normalizer, pre_tokenizer }, (text) => {
    hash.update(utf8ToBytes(text));
  });
  return bytesToHex(hash.update(utf8ToBytes('\n')).digest());
}

function headOf(kind: string): string {
  return `countermark tokenizer v1 ${kind}\n`;
}

function fingerprintOf(kind: string, header: string, tables: Uint8Array): string {
  return bytesToHex(
    sha256
      .create()
      .update(utf8ToBytes(`${headOf(kind)}${header}\n`))
      .update(tables)
      .digest(),
  );
}

/** Id, length and bytes of every token, in order of ids. */
function tokenList({ size, blob, starts, lengths }: TokenBytes): Uint8Array {
  const bytes = new Uint8Array(8 * size + blob.length);
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (let id = 0; id < size; id++) {
    const start = starts[id] ?? 0;
    const length = lengths[id] ?? 0;
    if (length === 0) continue;
    view.setUint32(end, id, true);
    view.setUint32(end + 4, length, true);
    bytes.set(blob.subarray(start, start + length), end + 8);
    end += 8 + length;
  }
  return bytes.subarray(0, end);
}

/** The ids of left and right of every merge, in order. */
function mergeList(merges: readonly Merge[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * merges.length));
  merges.forEach(({ left, right }, rank) => {
    view.setUint32(8 * rank, left, true);
    view.setUint32(8 * rank + 4, right, true);
  });
  return new Uint8Array(view.buffer);
}
