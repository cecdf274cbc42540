import { LEADS, LOG10_STRONG_PVALUE, STRONG_TOKENS, type StrongInPart } from './part.ts';

/** Keeps the documents with the smallest p-values, ties by their order. */
export class StrongestList {
  #leads: StrongInPart[] = [];
  #limit = LOG10_STRONG_PVALUE;

  /** Keeps a document's tokens if it is one of the strongest so far; copies them. */
  offer(document: number, log10PValue: number, segments: readonly Uint32Array[]): void {
    if (log10PValue > this.#limit) return;
    let left = STRONG_TOKENS;
    const tokenIds = segments.map((segment) => {
      const kept = segment.slice(0, left);
      left -= kept.length;
      return kept;
    });
    this.#leads.push({ document, log10PValue, tokenIds: tokenIds.filter(({ length }) => length > 0) });
    if (this.#leads.length >= 2 * LEADS) this.#cut();
  }

  /** Lists them, the strongest first. */
  list(): readonly StrongInPart[] {
    this.#cut();
    return this.#leads;
  }

  #cut(): void {
    this.#leads = this.#leads
      .sort((a, b) => a.log10PValue - b.log10PValue || a.document - b.document)
      .slice(0, LEADS);
    const last = this.#leads.at(-1);
    if (this.#leads.length === LEADS && last !== undefined) this.#limit = last.log10PValue;
  }
}
