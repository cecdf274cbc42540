import { type AuditRecord, ModelAudit, traceStrength } from '@countermark/audit';
import { drawDecoys } from '@countermark/detector';
import { pValueOfEValue } from '@countermark/detector/evidence';
import type { WatermarkKey } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import { accessOf, type Probe, recordOf } from './probe.ts';
import type { ServedContexts } from './served-contexts.ts';

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
  /** Of tokens drawn, a lower bound of 95 % on the strength of the trace: docs/statistics.md, section 19.5; null of other weights. */
  readonly strengthAtLeast: number | null;
  /** The least log10 p among the decoy keys, which is exact for answers: what was served does not depend on their words. Null without any. */
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
  readonly served: ServedContexts | undefined;
  readonly decoys: number;
}

const LEVEL = -5;
const FIRST_POINT = 256;
const GROWTH = 1.25;

/** Audits a student in one way, under the right key and under decoys. */
export function auditStudent({ key, probe, answers, served, decoys }: AuditOfStudent): Figures {
  const access = accessOf(probe.depth);
  const records = answers.map((answer) => recordOf(answer, probe.weights, served));
  const audit = new ModelAudit(key, { access });
  const points: (Point & { contexts: number })[] = [];
  let next = FIRST_POINT;
  addAll(audit, records, () => {
    const { tokens } = audit.counts;
    if (tokens < next) return;
    points.push(pointOf(audit, served));
    next = Math.ceil(tokens * GROWTH);
  });
  const last = pointOf(audit, served);
  audit.close();
  const wrong = [...drawDecoys(key, { count: decoys }, key.decoySeed(Uint32Array.of(points.length)))].map(
    (decoy) => {
      const control = new ModelAudit(decoy, { access });
      addAll(control, records);
      control.close();
      return pointOf(control, undefined).log10PValue;
    },
  );
  const all = last.tokens === points.at(-1)?.tokens ? points : [...points, last];
  const found = all.slice(all.findLastIndex(({ log10PValue }) => log10PValue > LEVEL) + 1).at(0);
  return {
    ...last,
    tokensToFind: found?.tokens ?? null,
    contextsToFind: found?.contexts ?? null,
    strengthAtLeast:
      probe.weights === 'drawn' && audit.counts.words > 0 ? traceStrength(audit.tally, 1e-6).atLeast : null,
    leastOfDecoys: wrong.length === 0 ? null : Math.min(...wrong),
    decoys,
    points: all.map(({ tokens, log10PValue, log10EValue }) => ({ tokens, log10PValue, log10EValue })),
  };
}

function addAll(audit: ModelAudit, records: readonly AuditRecord[], after?: () => void): void {
  // Before any answer counts: docs/statistics.md, section 19.2.
  if (audit.access === 'answers') {
    for (const { before = [] } of records) for (const text of before) audit.exclude(text);
  }
  for (const record of records) {
    audit.add(record);
    after?.();
  }
}

function pointOf(
  { access, tally, counts }: ModelAudit,
  served: ServedContexts | undefined,
): Point & { contexts: number } {
  const log10EValue = tally.log10EValue();
  const isExact = access === 'answers' && counts.shownLater === 0 && served === undefined;
  return {
    tokens: counts.tokens,
    contexts: counts.contexts,
    log10PValue: isExact ? tally.log10PValue() : pValueOfEValue(log10EValue),
    log10EValue,
  };
}
