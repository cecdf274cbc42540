import type { ModelAudit } from '../model-audit.ts';

/** How far the evidence was after some of the records. */
export interface EvidencePoint {
  readonly records: number;
  readonly tokens: number;
  readonly contexts: number;
  readonly log10EValue: number;
}

/** Twice as many points are thinned to so many. */
const POINTS = 50;

/** The e-value of an audit while it goes on, at evenly spaced records. */
export class EvidencePath {
  #points: EvidencePoint[] = [];
  #step = 1;

  /** Takes a point after a record, if one is due. */
  offer(audit: ModelAudit): void {
    if (audit.counts.records % this.#step !== 0) return;
    this.#points.push(pointOf(audit));
    if (this.#points.length < 2 * POINTS) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 1);
    this.#step *= 2;
  }

  /** Lists the points, the last one of now. */
  upTo(audit: ModelAudit): readonly EvidencePoint[] {
    const last = this.#points.at(-1);
    return last?.records === audit.counts.records ? this.#points : [...this.#points, pointOf(audit)];
  }
}

function pointOf({ counts: { records, tokens, contexts }, tally }: ModelAudit): EvidencePoint {
  return { records, tokens, contexts, log10EValue: tally.log10EValue() };
}
