import { spellOut } from '@countermark/report';
import { normalizeText } from '@countermark/watermark/tokenizer';
import type { TokenReport } from '../detect/token-report.ts';

/** A run of tokens that begins and ends between characters. */
export interface TokenPiece {
  /** What it spells, with the characters named that hide in a text; of token ids without a text, the id. */
  readonly text: string;
  /** Its first token. */
  readonly first: number;
  /** The token after its last. */
  readonly end: number;
}

/**
 * Cuts the beginning of a document into the shortest runs of tokens that hold whole characters.
 *
 * @param trace the document.
 * @param count about how many tokens: the last piece reaches to the end of its character.
 */
export function tokenPieces({ text, tokenizer, tokenIds }: TokenReport, count: number): TokenPiece[] {
  const wanted = Math.min(count, tokenIds.length);
  if (wanted === 0) return [];
  if (text === undefined || tokenizer === undefined) {
    return Array.from(tokenIds.subarray(0, wanted), (id, i) => ({ text: `${id} `, first: i, end: i + 1 }));
  }
  const bytes = new TextEncoder().encode(text);
  const offsets = tokenizer.byteOffsets(tokenIds, text);
  // A byte order mark is a character of the text like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const found: TokenPiece[] = [];
  for (let first = 0; first < wanted; ) {
    let end = first + 1;
    while (end < tokenIds.length && isContinuation(bytes[offsets[end]!])) end++;
    found.push({ text: decoder.decode(bytes.subarray(offsets[first], offsets[end])), first, end });
    first = end;
  }
  return spellHidden(found);
}

// Names what the normaliser would have removed, and leaves it where ordinary writing needs it.
function spellHidden(pieces: readonly TokenPiece[]): TokenPiece[] {
  const whole = pieces.map(({ text }) => text).join('');
  const { text: plain, changes } = normalizeText(whole);
  if (changes.length === 0) return [...pieces];
  let at = 0;
  return pieces.map((piece) => {
    let text = '';
    for (const character of piece.text) {
      // Removing is all that it does, so that what is left comes in the same order.
      const isKept = plain.startsWith(character, at);
      text += isKept ? character : spellOut(character);
      if (isKept) at += character.length;
    }
    return { ...piece, text };
  });
}

// UTF-8: every byte of a character but its first is 10xxxxxx.
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
