import { escapeHtml } from '@countermark/report';
import type { TokenReport } from '../detect/token-report.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import type { Region } from '../regions/region.ts';
import { TOKEN_STATUSES } from '../score/scorer.ts';
import type { TokenPiece } from './token-pieces.ts';

/** A part of a document that a heat map frames: of a region, its tokens. */
export type HeatMapRegion = Pick<Region, 'tokens'>;

const SCORED = TOKEN_STATUSES.indexOf('scored');
// −log10 P(one unmarked token scores as much): 1 in 2, 1 in 4 (rounded down), 1 in 20, 1 in 100.
const LEVELS = [0.3, 0.6, 1.3, 2];

const LEGEND = `<p class="note legend">How surprising a scored token is without the mark:
<span class="l0">1 in 1</span> <span class="l1">1 in 2</span> <span class="l2">1 in 4</span> <span class="l3">1 in 20</span> <span class="l4">1 in 100</span>
<span class="off">grey: not scored</span></p>
`;

/**
 * Draws the beginning of a document as HTML: colour and underline by how surprising each token's score is, grey where not
 * scored, and a frame around each region, under a legend. It says how many tokens are left out.
 *
 * Tokens that split a character are drawn as one piece with their strongest score. Token ids without text are drawn as
 * numbers.
 *
 * @param trace   the document under a key or an account.
 * @param pieces  from `tokenPieces`, of this very document.
 * @param regions disjoint, in the order of the document.
 */
export function heatMap(
  trace: TokenReport,
  pieces: readonly TokenPiece[],
  regions: readonly HeatMapRegion[] = [],
): string {
  const level = levelOf(trace);
  let open: HeatMapRegion | undefined;
  let next = 0;
  const html = pieces.map(({ text, first, end }) => {
    let strongest = -1;
    for (let position = first; position < end; position++) strongest = Math.max(strongest, level(position));
    while (next < regions.length && regions[next]!.tokens.end <= first) next++;
    const around = next < regions.length && regions[next]!.tokens.start < end ? regions[next] : undefined;
    const edge =
      around === open ? '' : `${open === undefined ? '' : '</mark>'}${around === undefined ? '' : '<mark>'}`;
    open = around;
    return `${edge}<span class="${strongest < 0 ? 'off' : `l${strongest}`}" title="${titleOf(trace, first, end)}">${escapeHtml(text)}</span>`;
  });
  if (open !== undefined) html.push('</mark>');
  const left = trace.tokenIds.length - (pieces.at(-1)?.end ?? 0);
  const rest =
    left > 0
      ? `<p class="note">${left} ${pieces.length > 0 ? 'more ' : ''}tokens were tested and are not drawn.</p>\n`
      : '';
  return pieces.length === 0 ? rest : `${LEGEND}<div class="heat">${html.join('')}</div>\n${rest}`;
}

// 0 to 4 for a scored token, −1 for another.
function levelOf({ statuses, scores, nullLaw }: TokenReport): (position: number) => number {
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

function titleOf({ tokenIds, statuses, scores, nullLaw }: TokenReport, first: number, end: number): string {
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
