import { TupleSet } from '@countermark/detector/score';
import { HEADER_WORDS, type ScoringSource } from '@countermark/watermark/scheme';

// In place of a token, what is known of a context.
const CLOSED = 0;
const EXCLUDED = 1;
/** In place of a token, that a context of a record stood in what came before it. */
export const GIVEN = 1;

/** A full context of a text. */
export interface FoundContext {
  /** Position of the token that follows it. */
  readonly position: number;
  readonly slot: number;
  readonly saltLow: number;
  readonly saltHigh: number;
}

/** Which contexts may still be counted: each once in an audit, and none that stood in what a model was given. Contexts go by their 64-bit salts. */
export class ContextLedger {
  readonly #source: ScoringSource;
  readonly #closed = new TupleSet();

  /** @param source of the audit's key; not closed. */
  constructor(source: ScoringSource) {
    this.#source = source;
  }

  /**
   * Lists the contexts of a text in order.
   *
   * @param tokenIds Uint32Array `[n]`.
   * @param isOpen   whether the context at the end of the text, which no token follows, is listed too.
   */
  *contexts(tokenIds: Uint32Array, isOpen = false): Generator<FoundContext, void, void> {
    const width = this.#source.contextWidth;
    const count = tokenIds.length - width + (isOpen ? 1 : 0);
    if (count <= 0) return;
    const headers = new Uint32Array(HEADER_WORDS * count);
    this.#source.sequenceHeaders(tokenIds, headers);
    for (let i = 0; i < count; i++) {
      const at = HEADER_WORDS * i;
      yield {
        position: width + i,
        slot: headers[at]!,
        saltLow: headers[at + 2]!,
        saltHigh: headers[at + 3]!,
      };
    }
  }

  /** Counts a context, unless it is closed. Returns whether it was open. */
  count({ saltLow, saltHigh }: FoundContext): boolean {
    return this.#closed.add(saltLow, saltHigh, CLOSED);
  }

  /**
   * Closes every context of a text for good.
   *
   * @param given takes them too, as tuples of {@link GIVEN}.
   * @returns how many of them had been counted, and were not excluded since.
   */
  exclude(tokenIds: Uint32Array, given?: TupleSet): number {
    let counted = 0;
    for (const { saltLow, saltHigh } of this.contexts(tokenIds, true)) {
      given?.add(saltLow, saltHigh, GIVEN);
      const wasOpen = this.#closed.add(saltLow, saltHigh, CLOSED);
      const isFirst = this.#closed.add(saltLow, saltHigh, EXCLUDED);
      if (!wasOpen && isFirst) counted++;
    }
    return counted;
  }
}
