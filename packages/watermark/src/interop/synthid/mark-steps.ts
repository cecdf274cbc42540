/** Which steps of a response SynthID-Text marks, and in which context: state that both implementations keep alike. */
import { ContextHistory } from './context-history.ts';
import type { NgramSource } from './ngram-source.ts';

/** What the state depends on; names as in the peers' configurations. */
export interface MarkStepsSettings {
  readonly ngram_len: number;
  readonly context_history_size: number;
  readonly skip_first_ngram_calls: boolean;
}

/**
 * The state of one response.
 *
 * The context starts as zeros and takes in what was generated since the first step, never the prompt.
 */
export class MarkSteps {
  readonly #source: NgramSource;
  readonly #context: Uint32Array;
  readonly #history: ContextHistory;
  readonly #skipped: number;
  #steps = 0;

  constructor(source: NgramSource, settings: MarkStepsSettings) {
    this.#source = source;
    this.#context = new Uint32Array(settings.ngram_len - 1);
    this.#history = new ContextHistory(settings.context_history_size);
    this.#skipped = settings.skip_first_ngram_calls ? settings.ngram_len - 1 : 0;
  }

  /**
   * Begins the next step.
   *
   * @param tokenIds prompt and response so far; the last one is read from the second step on.
   * @returns the context to mark in, `[ngram_len − 1]`, valid until the next step; undefined if this step is not marked.
   * @throws {RangeError} if a token is missing.
   */
  next(tokenIds: ArrayLike<number>): Uint32Array | undefined {
    const context = this.#context;
    if (this.#steps > 0) {
      const last = tokenIds[tokenIds.length - 1];
      if (last === undefined)
        throw new RangeError('"tokenIds" expected the token of the last step, got none');
      context.copyWithin(0, 1);
      context[context.length - 1] = last;
    }
    this.#steps++;
    if (this.#steps <= this.#skipped) return undefined;
    return this.#history.repeats(this.#source.contextHash(context)) ? undefined : context;
  }
}
