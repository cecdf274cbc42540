/** What is read of a suspect model, whatever it was asked by. */
import type { AuditAccess } from '../model-audit.ts';

/** Probabilities that a model gave tokens at one position: `[token id, probability]`, different ids; what is not listed counts nothing. */
export type Prediction = readonly (readonly [tokenId: number, probability: number])[];

/** An answer, or a text that a model read, as token ids of the key's tokenizer. */
export interface AuditRecord {
  /**
   * Everything that others wrote and the model saw before, if anything: system prompt, prompt, earlier turns, each a piece of its own. Its own earlier answers
   * are records of their own. Uint32Arrays `[n]`.
   */
  readonly before?: readonly Uint32Array[];
  /** Uint32Array `[n]`, the answer or the text, from its beginning. */
  readonly tokenIds: Uint32Array;
  /** The answer as people read it, where that is known: for leads, never for evidence. */
  readonly text?: string;
  /** `[n]`, what the model gave the token of each position given those before it; undefined where it is not known. */
  readonly predictions?: readonly (Prediction | undefined)[];
  /** `[n]`, the same of a model that is known to be innocent, and was asked the same: its probabilities are taken off. */
  readonly reference?: readonly (Prediction | undefined)[];
  /** The one kind of audit that predictions of an endpoint are valid in: docs/statistics.md, section 19.7. Undefined where either is. */
  readonly fitFor?: AuditAccess;
}

/**
 * Returns the weights at one position, by token id: the suspect's probabilities, less those of the reference.
 *
 * Where only one of two models lists a token, the other's probability is at most what it left over, and the weight is moved towards 0 by that; so a short list
 * never makes a difference that is not there.
 *
 * @param prediction of the suspect.
 * @param reference  of the reference; undefined where there is none, and the weights are the probabilities.
 */
export function weightsOf(
  prediction: Prediction,
  reference?: Prediction,
): Iterable<readonly [tokenId: number, weight: number]> {
  if (reference === undefined) return prediction;
  const weights = new Map<number, number>();
  const suspect = new Map(prediction);
  const innocent = new Map(reference);
  const suspectRest = restOf(prediction);
  const innocentRest = restOf(reference);
  for (const [id, probability] of suspect) {
    weights.set(id, probability - (innocent.get(id) ?? Math.min(innocentRest, probability)));
  }
  for (const [id, probability] of innocent) {
    if (!suspect.has(id)) weights.set(id, Math.min(suspectRest, probability) - probability);
  }
  return weights;
}

function restOf(prediction: Prediction): number {
  const least = prediction.reduce((smallest, [, probability]) => Math.min(smallest, probability), 1);
  const listed = prediction.reduce((sum, [, probability]) => sum + probability, 0);
  return Math.min(least, Math.max(0, 1 - listed));
}
