import type { TracedDetection } from '../detector.ts';
import { nullTailLog10 } from '../null-tail.ts';
import type { Region } from '../regions/region.ts';
import { TOKEN_STATUSES } from '../scorer.ts';
import { escapeHtml } from './escape-html.ts';

/** A heat map draws at most this many tokens; it says so when there are more. */
const HEAT_MAP_TOKENS = 20_000;

const SCORED = TOKEN_STATUSES.indexOf('scored');
// −log10 P(one unmarked token scores as much): 1 in 2, 1 in 4 (rounded down), 1 in 20, 1 in 100.
const LEVELS = [0.3, 0.6, 1.3, 2];

/**
 * Draws a document's tokens as HTML: colour and underline by how surprising each score is, grey where not scored, and a
 * frame around each region.
 *
 * Tokens that split a character are drawn as one piece with their strongest score. Token ids without text are drawn as
 * numbers.
 *
 * @param traced  from `Detector.trace`.
 * @param regions disjoint, in the order of the document.
 */
export function heatMap(traced: TracedDetection, regions: readonly Region[]): string {
  const count = Math.min(traced.tokenIds.length, HEAT_MAP_TOKENS);
  const level = levelOf(traced);
  const drawn = pieces(traced, count);
  let open: Region | undefined;
  const html = drawn.map(({ text, first, end }) => {
    let strongest = -1;
    for (let position = first; position < end; position++) strongest = Math.max(strongest, level(position));
    const title = titleOf(traced, first, end);
    const around = regions.find(({ tokens }) => tokens.start < end && first < tokens.end);
    const edge =
      around === open ? '' : `${open === undefined ? '' : '</mark>'}${around === undefined ? '' : '<mark>'}`;
    open = around;
    return `${edge}<span class="${strongest < 0 ? 'off' : `l${strongest}`}" title="${escapeHtml(title)}">${escapeHtml(text)}</span>`;
  });
  if (open !== undefined) html.push('</mark>');
  // The last piece may reach beyond the limit, to the end of its character.
  const more = traced.tokenIds.length - (drawn.at(-1)?.end ?? 0);
  const rest = more > 0 ? `<p class="note">${more} more tokens were tested and are not drawn.</p>` : '';
  return `<div class="heat">${html.join('')}</div>${rest}`;
}

// 0 to 4 for a scored token, −1 for another.
function levelOf({ statuses, scores, nullLaw }: TracedDetection): (position: number) => number {
  const known = new Map<number, number>();
  return (position) => {
    if (statuses[position] !== SCORED) return -1;
    const score = scores[position]!;
    const held = known.get(score);
    if (held !== undefined) return held;
    const surprise = -nullTailLog10(nullLaw, 1, score);
    const level = LEVELS.filter((limit) => surprise >= limit).length;
    known.set(score, level);
    return level;
  };
}

function titleOf(
  { tokenIds, statuses, scores, nullLaw }: TracedDetection,
  first: number,
  end: number,
): string {
  const lines: string[] = [];
  for (let position = first; position < end; position++) {
    const status = TOKEN_STATUSES[statuses[position]!]!;
    const detail =
      status === 'scored'
        ? `scored, 1 unmarked token in ${(10 ** -nullTailLog10(nullLaw, 1, scores[position]!)).toPrecision(3)} reaches this`
        : status.replace('-', ' ');
    lines.push(`token ${position}, id ${tokenIds[position]}: ${detail}`);
  }
  return lines.join('\n');
}

/** A run of tokens that begins and ends between characters. */
interface Piece {
  readonly text: string;
  readonly first: number;
  readonly end: number;
}

function pieces({ text, tokenizer, tokenIds }: TracedDetection, count: number): Piece[] {
  if (text === undefined || tokenizer === undefined) {
    return Array.from(tokenIds.subarray(0, count), (id, i) => ({ text: `${id} `, first: i, end: i + 1 }));
  }
  const bytes = new TextEncoder().encode(text);
  const offsets = tokenizer.byteOffsets(tokenIds, text);
  const decoder = new TextDecoder();
  const found: Piece[] = [];
  for (let first = 0; first < count; ) {
    let end = first + 1;
    while (end < tokenIds.length && isContinuation(bytes[offsets[end]!])) end++;
    found.push({ text: decoder.decode(bytes.subarray(offsets[first], offsets[end])), first, end });
    first = end;
  }
  return found;
}

// UTF-8: every byte of a character but its first is 10xxxxxx.
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
