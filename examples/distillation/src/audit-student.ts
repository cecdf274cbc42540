import { type ContextSet, ModelAudit, pValueOfAudit } from '@countermark/audit';
import { drawDecoys } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import { accessOf, type Probe, recordOf } from './probe.ts';

/** How far an audit had come. */
interface Point {
  /** Tokens that the student wrote or read. */
  readonly tokens: number;
  /** Exact for answers; of 1/E in reading mode, and where only served contexts count: docs/statistics.md, sections 19.2 and 19.8. */
  readonly log10PValue: number;
  readonly log10EValue: number;
}

/** What an audit found. */
export interface Figures extends Point {
  /** Contexts that were counted. */
  readonly contexts: number;
  /** Tokens from which on p stayed below 1e-5; null where it did not. In reading mode, counted contexts stand beside. */
  readonly tokensToFind: number | null;
  readonly contextsToFind: number | null;
  /** The least log10 p among the decoy keys, by what the key's own rests on. Null without any. */
  readonly leastOfDecoys: number | null;
  readonly decoys: number;
  readonly points: readonly Point[];
}

/** What an audit needs to know. */
export interface AuditOfStudent {
  readonly key: WatermarkKey;
  readonly probe: Probe;
  /** What the student wrote or read. */
  readonly answers: readonly PromptedAnswer[];
  /** Undefined where every context counts. */
  readonly served: ContextSet | undefined;
  readonly decoys: number;
}

const LEVEL = -5;
// The same decoys in every audit of a key.
const DECOY_TEXT = new Uint32Array(0);
const FIRST_POINT = 256;
const GROWTH = 1.25;

/** Audits a student in one way, under the right key and under decoys. */
export function auditStudent({ key, probe, answers, served, decoys }: AuditOfStudent): Figures {
  const audit = openAudit(key, probe, served, decoys);
  const points: (Point & { contexts: number })[] = [];
  let next = FIRST_POINT;
  addAll(audit, probe, answers, () => {
    const { tokens } = audit.counts;
    if (tokens < next) return;
    points.push(pointOf(audit));
    next = Math.ceil(tokens * GROWTH);
  });
  const last = pointOf(audit);
  audit.close();
  const wrong = audit.decoys.map((tally) => pValueOfAudit(audit, {}, tally).log10PValue);
  const all = last.tokens === points.at(-1)?.tokens ? points : [...points, last];
  const found = all.slice(all.findLastIndex(({ log10PValue }) => log10PValue > LEVEL) + 1).at(0);
  return {
    ...last,
    tokensToFind: found?.tokens ?? null,
    contextsToFind: found?.contexts ?? null,
    leastOfDecoys: wrong.length === 0 ? null : Math.min(...wrong),
    decoys,
    points: all.map(({ tokens, log10PValue, log10EValue }) => ({ tokens, log10PValue, log10EValue })),
  };
}

/** Opens the audit of one way. */
export function openAudit(
  key: WatermarkKey,
  { depth }: Probe,
  served: ContextSet | undefined,
  decoys: number,
): ModelAudit {
  return new ModelAudit(key, {
    access: accessOf(depth),
    ...(served === undefined ? {} : { served }),
    decoys: drawDecoys(key, { count: decoys }, key.decoySeed(DECOY_TEXT)),
  });
}

/**
 * Adds all that a student wrote or read to an audit.
 *
 * @param after is called after each answer.
 */
export function addAll(
  audit: ModelAudit,
  { weights }: Probe,
  answers: readonly PromptedAnswer[],
  after?: () => void,
): void {
  // Before any answer counts: docs/statistics.md, section 19.2.
  if (audit.access === 'answers') for (const { prompt } of answers) audit.exclude(prompt);
  for (const answer of answers) {
    audit.add(recordOf(answer, weights));
    after?.();
  }
}

function pointOf(audit: ModelAudit): Point & { contexts: number } {
  const { tokens, contexts } = audit.counts;
  const { log10PValue } = pValueOfAudit(audit);
  return { tokens, contexts, log10PValue, log10EValue: audit.tally.log10EValue() };
}
