import type { TokenReport } from '../detect/token-report.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { TOKEN_STATUSES } from '../score/scorer.ts';

/** The evidence in the first tokens of a document. */
export interface EvidencePoint {
  /** Tokens read. */
  readonly tokens: number;
  /** log10 of the key's own p-value on them. */
  readonly log10PValue: number;
}

const SCORED = TOKEN_STATUSES.indexOf('scored');

/**
 * Computes how the evidence grew with the tokens read.
 *
 * The curve is for reading. Only its last point is the test: stopping where it happens to be lowest is no valid rule.
 *
 * @param trace  from `Detector.trace`.
 * @param points most points after the first, integer ≥ 1, spread evenly; the whole document is always the last.
 * @returns points by ascending token count, the first at 0 tokens; those that have no p-value are left out.
 * @throws {RangeError} if `points` is out of range.
 */
export function evidenceCurve(trace: TokenReport, points: number): EvidencePoint[] {
  if (!(Number.isInteger(points) && points >= 1)) {
    throw new RangeError(`"points" expected an integer >= 1, got ${points}`);
  }
  const { statuses, scores, nullLaw, prefixTail } = trace;
  const total = statuses.length;
  const curve: EvidencePoint[] = [{ tokens: 0, log10PValue: 0 }];
  let scored = 0;
  let sum = 0;
  let next = 1;
  for (let position = 0; position < total; position++) {
    if (statuses[position] === SCORED) {
      scored++;
      sum += scores[position]!;
    }
    const tokens = position + 1;
    if (tokens < Math.ceil((next * total) / points)) continue;
    const log10PValue =
      prefixTail === undefined ? nullTailLog10(nullLaw, scored, sum) : prefixTail(scored, sum);
    if (log10PValue !== undefined) curve.push({ tokens, log10PValue });
    while (Math.ceil((next * total) / points) <= tokens) next++;
  }
  return curve;
}
