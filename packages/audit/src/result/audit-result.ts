import { type DecoyTest, type Finding, findingOf, type Software } from '@countermark/detector';
import { pValueOfEValue } from '@countermark/detector/evidence';
import type { MarkKey } from '@countermark/watermark/scheme';
import type { AuditCounts } from '../audit-counts.ts';
import type { AuditLeadsResult } from '../leads/audit-leads.ts';
import type { AuditAccess, ModelAudit, ServedContexts } from '../model-audit.ts';
import type { AuditStatistic, AuditTally } from '../score/audit-tally.ts';
import type { ContextSetFacts } from '../served/context-set-file.ts';
import { type TraceStrength, traceStrength } from './audit-strength.ts';
import type { EvidencePoint } from './evidence-path.ts';
import { type GroupFindings, groupFindings } from './group-findings.ts';

/** `trace-found`, `none-found`, or `inconclusive` where fewer contexts were counted than was fixed beforehand. It never says what a model was trained on. */
export type AuditVerdict = 'trace-found' | 'none-found' | 'inconclusive';

/** What was fixed before the first answer. */
export interface AuditTest {
  /** Level of the test, 0 < alpha < 1 (default 1e-6). */
  readonly alpha?: number;
  /** Fewer counted contexts are inconclusive (default 1,000). */
  readonly minContexts?: number;
  /** Whether the audit ends as soon as the e-value reaches 1/alpha (default false): the verdict then rests on it alone. */
  readonly sequential?: boolean;
  /** Whether it ended before what was fixed beforehand: because of the e-value, or unfinished (default false). No law holds at such a moment. */
  readonly isStopped?: boolean;
  readonly software: Software;
  /** SHA-256 of what was read, for the head. */
  readonly inputs: Finding['inputs'];
}

/** A set of served contexts in figures: see `ContextSetFacts`. */
export interface ServedFigures
  extends Pick<ContextSetFacts, 'contexts' | 'answers' | 'texts' | 'failed' | 'bits'> {
  /** The probability with which a context that was not served counts all the same. */
  readonly falsePositiveRate: number;
}

/** The result of an audit of one model under one key. */
export interface ModelAuditResult {
  readonly object: 'model-audit';
  readonly finding: Finding;
  readonly verdict: AuditVerdict;
  readonly access: AuditAccess;
  /** What the p-value rests on: the exact law of the sum, or the e-value where weights may depend on earlier words. */
  readonly basis: 'law' | 'e-value';
  readonly log10PValue: number;
  readonly log10EValue: number;
  /** Of a sequential audit that was not stopped: log10 of the exact p-value of all that was fixed beforehand. No verdict rests on it. */
  readonly log10BudgetPValue?: number;
  /** log10 of the least p-value that the key supports; one below it says no more. */
  readonly log10LeastPValue: number;
  readonly alpha: number;
  readonly minContexts: number;
  readonly counts: AuditCounts;
  readonly statistic: AuditStatistic;
  /** Where `basis` is `law`. */
  readonly strength: TraceStrength | undefined;
  /** What is known of the contexts that count, where only those that were served do. */
  readonly served?: ServedFigures;
  /** Whom the model learnt from: where only served contexts count, and these are told apart by group. */
  readonly groups?: GroupFindings;
  /** The key's rank among decoy keys, if there are any. */
  readonly decoys?: DecoyTest;
  /** log10 of each decoy's p-value, rising. */
  readonly decoyLog10PValues?: readonly number[];
  /** The e-value while records were added, if that was watched. */
  readonly path?: readonly EvidencePoint[];
  /** What the answers say of themselves. No p-value uses it. */
  readonly leads?: AuditLeadsResult;
  readonly keyId: string;
  readonly params: string;
}

/** What an audit finds beside the key's own evidence. */
export type BesideEvidence = Pick<ModelAuditResult, 'decoys' | 'decoyLog10PValues' | 'path' | 'leads'>;

/**
 * What the p-value rests on, and what it is.
 *
 * @param tally of the audit's key, or of one of its decoys.
 */
export function pValueOfAudit(
  audit: ModelAudit,
  { sequential = false, isStopped = false }: Pick<AuditTest, 'sequential' | 'isStopped'> = {},
  tally: AuditTally = audit.tally,
): Pick<ModelAuditResult, 'basis' | 'log10PValue'> {
  if (!sequential && !isStopped && hasLaw(audit)) return { basis: 'law', log10PValue: tally.log10PValue() };
  return { basis: 'e-value', log10PValue: pValueOfEValue(tally.log10EValue()) };
}

/** Whether the weights do not depend on the words, so that their sum has its exact law. */
function hasLaw({ access, counts, served }: ModelAudit): boolean {
  // How many contexts were served depends on words of others: only a martingale is known of their sum.
  return access === 'answers' && counts.shownLater === 0 && served === undefined;
}

/**
 * Concludes an audit.
 *
 * @param beside what was found beside the key's own evidence.
 * @throws {RangeError} if an option is out of range.
 */
export function auditResult(
  audit: ModelAudit,
  key: MarkKey,
  { alpha = 1e-6, minContexts = 1000, software, inputs, ...way }: AuditTest,
  beside: BesideEvidence = {},
): ModelAuditResult {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  if (!Number.isInteger(minContexts) || minContexts < 1) {
    throw new RangeError(`"minContexts" expected an integer >= 1, got ${minContexts}`);
  }
  const { access, tally, counts, served } = audit;
  if (access === 'reading' && served !== undefined && counts.notServed > 0) {
    throw new RangeError(
      `"served" expected the contexts of all texts that are read, got ${counts.notServed} positions with others: weights there and what was served may depend on each other`,
    );
  }
  const { sequential = false, isStopped = false } = way;
  if (served !== undefined && (sequential || isStopped)) {
    throw new RangeError(
      '"served" expected an audit that was carried to the end fixed beforehand: which contexts were served is known of all at once, and no e-value before the end has a bound',
    );
  }
  const { basis, log10PValue } = pValueOfAudit(audit, way);
  const isAtBudget = sequential && !isStopped && hasLaw(audit);
  const isConclusive = counts.contexts >= minContexts;
  const isFound = log10PValue <= Math.log10(alpha);
  const { keyId, fingerprint: params, commitment } = key;
  const keys = [{ keyId, params, ...(commitment === undefined ? {} : { commitment }) }];
  return {
    object: 'model-audit',
    finding: findingOf('model-audit', { level: alpha, software, keys, inputs }),
    verdict: verdictOf(isConclusive, isFound),
    access,
    basis,
    log10PValue,
    log10EValue: tally.log10EValue(),
    ...(isAtBudget ? { log10BudgetPValue: tally.log10PValue() } : {}),
    log10LeastPValue: -key.strength.keyBits * Math.log10(2),
    alpha,
    minContexts,
    counts,
    statistic: tally.statistic(),
    strength: basis === 'law' && counts.words > 0 ? traceStrength(tally, alpha) : undefined,
    ...(served === undefined ? {} : { served: servedFigures(served) }),
    ...(served?.facts.groups === undefined
      ? {}
      : {
          groups: groupFindings(served.facts.groups, audit.groups.evidence(), { alpha, isConclusive }),
        }),
    ...beside,
    keyId,
    params,
  };
}

function servedFigures({ facts, falsePositiveRate }: ServedContexts): ServedFigures {
  const { contexts, answers, texts, failed, bits } = facts;
  return { contexts, answers, texts, failed, bits, falsePositiveRate };
}

function verdictOf(isEnough: boolean, isFound: boolean): AuditVerdict {
  if (!isEnough) return 'inconclusive';
  return isFound ? 'trace-found' : 'none-found';
}
