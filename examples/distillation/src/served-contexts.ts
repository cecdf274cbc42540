/** The contexts that a vendor served, kept as they are: small enough for the laboratory. */
import type { PromptedAnswer } from './answer-file.ts';

// Contexts of four token ids below it are exact numbers.
const RADIX = 8192;

/** A set of the contexts of answers. */
export class ServedContexts {
  readonly #width: number;
  readonly #contexts = new Set<number>();

  /**
   * Takes the contexts of answers, those of their prompts left out.
   *
   * @param width tokens of a context, 1 to 4.
   * @throws {RangeError} for another width.
   */
  constructor(answers: Iterable<PromptedAnswer>, width: number) {
    if (!(width >= 1 && width <= 4)) throw new RangeError(`"width" expected 1 to 4, got ${width}`);
    this.#width = width;
    for (const { answer } of answers) {
      for (let at = width; at < answer.length; at++) this.#contexts.add(this.#contextAt(answer, at));
    }
  }

  /** Whether the context before a position was served: not the token there, so the answer does not depend on its word. */
  has(tokenIds: Uint32Array, position: number): boolean {
    return position >= this.#width && this.#contexts.has(this.#contextAt(tokenIds, position));
  }

  #contextAt(ids: Uint32Array, end: number): number {
    let context = 0;
    for (let at = end - this.#width; at < end; at++) context = context * RADIX + ids[at]!;
    return context;
  }
}
