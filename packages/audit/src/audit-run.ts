import { drawDecoys, rankAmongDecoys } from '@countermark/detector';
import type { MarkKey } from '@countermark/watermark/scheme';
import { AuditLeads } from './leads/audit-leads.ts';
import { ModelAudit, type ModelAuditOptions } from './model-audit.ts';
import type { AuditRecord } from './read/record.ts';
import { type AuditTest, auditResult, type ModelAuditResult, pValueOfAudit } from './result/audit-result.ts';
import { EvidencePath } from './result/evidence-path.ts';

/** How a suspect is audited, and beside how many random keys. */
export interface AuditRunOptions extends Omit<ModelAuditOptions, 'decoys'> {
  /** Keys that marked nothing, audited on the same records (default 20). */
  readonly decoys?: number;
  /** Where they come from, 64 hex digits: `decoySeed` of the key for what is read. */
  readonly seed: string;
}

/** An audit under one key, with the same audit under decoy keys beside it: if p-values were too small here, theirs would be too. */
export class AuditRun {
  readonly #key: MarkKey;
  readonly #seed: string;
  readonly #audit: ModelAudit;
  readonly #path = new EvidencePath();
  readonly #leads = new AuditLeads();

  /** @throws {RangeError} as {@link ModelAudit} does, or if there are too many decoys. */
  constructor(key: MarkKey, { decoys = 20, seed, ...options }: AuditRunOptions) {
    this.#key = key;
    this.#seed = seed;
    this.#audit = new ModelAudit(key, { ...options, decoys: drawDecoys(key, { count: decoys }, seed) });
  }

  /** Leaves the contexts of a text out: see {@link ModelAudit.exclude}. */
  exclude(tokenIds: Uint32Array): void {
    this.#audit.exclude(tokenIds);
  }

  /** Adds an answer, or a text that was read: see {@link ModelAudit.add}. */
  add(record: AuditRecord): void {
    this.#audit.add(record);
    this.#path.offer(this.#audit);
    // A text that was read is not the model's.
    if (this.#audit.access === 'answers' && record.text !== undefined && record.tokenIds.length > 0)
      this.#leads.add(record.text);
  }

  /** log10 of the e-value so far. */
  get log10EValue(): number {
    return this.#audit.tally.log10EValue();
  }

  /**
   * Whether a sequential audit ends here: the e-value has reached 1/alpha, and as many contexts were counted as it takes for a verdict.
   *
   * @throws {RangeError} if the level is out of range.
   */
  isDecided({ alpha, minContexts }: Required<Pick<AuditTest, 'alpha' | 'minContexts'>>): boolean {
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
    return this.#audit.counts.contexts >= minContexts && this.log10EValue >= -Math.log10(alpha);
  }

  /** Concludes the audit; it may go on afterwards. */
  result(test: AuditTest): ModelAuditResult {
    const pValues = this.#audit.decoys.map((tally) => pValueOfAudit(this.#audit, test, tally).log10PValue);
    const leads = this.#leads.result();
    return auditResult(this.#audit, this.#key, test, {
      path: this.#path.upTo(this.#audit),
      ...(leads === undefined ? {} : { leads }),
      ...(pValues.length === 0
        ? {}
        : {
            decoys: rankAmongDecoys(pValueOfAudit(this.#audit, test).log10PValue, pValues, this.#seed),
            decoyLog10PValues: pValues.toSorted((a, b) => a - b),
          }),
    });
  }

  /** Overwrites the keys. May be called twice. */
  close(): void {
    this.#audit.close();
  }
}
