import type { FileLayout } from '../documents/layout.ts';
import type { FileWishes } from './file-wishes.ts';

/** Names that tokenizers give to the token after a document. */
const NAMES: ReadonlySet<string> = new Set([
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|end_of_document|>',
  '<|endofdocument|>',
  '<|eos|>',
  '<eos>',
  '</s>',
  '[EOS]',
  '<｜end▁of▁sentence｜>',
]);
/** Stretches of fewer ids between two such tokens could seldom be tested. */
const SHORT = 100;
/** The share of all ids that may stand in short stretches. */
const SHORT_SHARE = 0.1;
/** Where nothing ends a document, ids are cut into pieces of so many: an answer of 300 is seen in one whole, or half of it in each of two. */
const PIECE_TOKENS = 1024;

/** What cuts token ids into documents, and the same in words. */
export interface DocumentEnds {
  readonly reading: Pick<FileLayout, 'endOfText' | 'pieceTokens'>;
  readonly description: string;
}

/**
 * Decides what cuts a row of token ids into documents: the id that the user names; the end-of-text id of the keys' tokenizer, if it stands
 * where documents may well end; otherwise pieces of one length.
 *
 * Where documents are cut is a choice that knows no key, so that p-values hold for any.
 *
 * @param ids the first of them.
 */
export async function documentEnds(
  ids: Uint32Array,
  { endOfText, tokenName }: FileWishes,
): Promise<DocumentEnds> {
  if (typeof endOfText === 'number')
    return { reading: { endOfText }, description: `id ${endOfText} ends a document` };
  const found = endOfText === 'none' || tokenName === undefined ? undefined : await findEnd(ids, tokenName);
  if (found?.isPlausible === true) {
    const { id, name, count } = found;
    return {
      reading: { endOfText: id },
      description: `id ${id}, the tokenizer's ${name}, ends a document: ${count.toLocaleString('en-US')} in the first ${ids.length.toLocaleString('en-US')} ids (--end-of-text none if not)`,
    };
  }
  const pieces = `pieces of ${PIECE_TOKENS.toLocaleString('en-US')} ids`;
  return {
    reading: { pieceTokens: PIECE_TOKENS },
    description:
      found === undefined
        ? `no id ends a document: ${pieces}`
        : `id ${found.id}, the tokenizer's ${found.name}, stands too close to itself to end documents: ${pieces}`,
  };
}

interface FoundEnd {
  readonly id: number;
  readonly name: string;
  readonly count: number;
  readonly isPlausible: boolean;
}

// Of several the most frequent, a plausible one first.
async function findEnd(
  ids: Uint32Array,
  tokenName: NonNullable<FileWishes['tokenName']>,
): Promise<FoundEnd | undefined> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  const found: FoundEnd[] = [];
  for (const [id, count] of counts) {
    if (count < 2) continue;
    const name = await tokenName(id);
    if (name !== undefined && NAMES.has(name))
      found.push({ id, name, count, isPlausible: isPlausibleEnd(ids, id) });
  }
  found.sort((a, b) => Number(b.isPlausible) - Number(a.isPlausible) || b.count - a.count || a.id - b.id);
  return found[0];
}

// Runs of the id, as padding, hold no document.
function isPlausibleEnd(ids: Uint32Array, endOfText: number): boolean {
  let short = 0;
  let all = 0;
  let documents = 0;
  for (let start = 0; start < ids.length; ) {
    const end = ids.indexOf(endOfText, start);
    // The last one goes on beyond what is looked at.
    if (end < 0) break;
    const length = end - start;
    if (length > 0) documents++;
    if (length < SHORT) short += length;
    all += length;
    start = end + 1;
  }
  return documents >= 2 && short <= SHORT_SHARE * all;
}
