import { WatermarkError } from '../errors.ts';
import { createProbabilityReader } from '../sampling/probability-reader.ts';
import type { SamplingSettings } from '../sampling/sampling-settings.ts';
import type { LanguageModel, ModelSequence } from './language-model.ts';

/** What {@link tokenProbabilities} reads the tokens after, and how it turns logits into probabilities. */
export interface TokenProbabilitiesOptions {
  /** Uint32Array `[m]`, m ≥ 1: what stands before the tokens; a model's start token where there is no prompt. */
  readonly prompt: Uint32Array;
  /** Temperature, top-k and top-p of the distribution (default: the model's own). A temperature of 0 is refused. */
  readonly sampling?: SamplingSettings;
  /** Stops between two parts of the text by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Logits of so many numbers are asked for at once: 16 MB. */
const BATCH_LOGITS = 2 ** 22;

/**
 * Computes the probability that a model gives each token after those before it.
 *
 * A text longer than the model's context is read in windows that overlap by half, so that from there on each token is
 * read after at least half a context. Tokens that truncation leaves out, or whose logit is -Infinity, have probability 0.
 *
 * @param model    which model.
 * @param tokenIds Uint32Array `[n]`, each below the model's `logitCount`.
 * @param options  see {@link TokenProbabilitiesOptions}.
 * @returns Float64Array `[n]`, each 0 … 1.
 * @throws {RangeError} if the prompt is empty or leaves no room in the model's context, a token id is none of the
 *   model's, or a sampling option is out of range.
 * @throws {WatermarkError} `invalid-logits` naming the token, from 0, before which the model gave NaN, +Infinity or -Infinity only; or if
 *   it gave another number of logits than `logitCount` for each token.
 */
export async function tokenProbabilities(
  model: LanguageModel,
  tokenIds: Uint32Array,
  options: TokenProbabilitiesOptions,
): Promise<Float64Array> {
  const { prompt, sampling = {}, signal } = options;
  const contextLength = model.contextLength ?? Infinity;
  if (prompt.length === 0) throw new RangeError('"prompt" expected at least one token, got none');
  if (prompt.length >= contextLength) {
    throw new RangeError(`"prompt" expected fewer than ${contextLength} tokens, got ${prompt.length}`);
  }
  const wrong = tokenIds.findIndex((tokenId) => tokenId >= model.logitCount);
  if (wrong >= 0) {
    throw new RangeError(
      `"tokenIds" expected ids below ${model.logitCount}, got ${tokenIds[wrong]} at position ${wrong}`,
    );
  }
  const probabilityOf = createProbabilityReader(model.logitCount, sampling);
  const text = new Uint32Array(prompt.length + tokenIds.length);
  text.set(prompt);
  text.set(tokenIds, prompt.length);
  const probabilities = new Float64Array(tokenIds.length);
  const batch = Math.max(1, Math.floor(BATCH_LOGITS / model.logitCount));
  for (let start = 0, known = prompt.length; known < text.length; ) {
    // The last token of a window is predicted, and not read.
    const end = Math.min(text.length, start + contextLength);
    const sequence = model.open();
    try {
      if (known - 1 > start) await skip(sequence, text.subarray(start, known - 1), batch);
      for (let from = known - 1; from < end - 1; from += batch) {
        signal?.throwIfAborted();
        const part = text.subarray(from, Math.min(from + batch, end - 1));
        const logits = await sequence.appendEach(part);
        checkCount(logits.length, part.length, model.logitCount);
        for (let row = 0; row < part.length; row++) {
          const next = logits.subarray(row * model.logitCount, (row + 1) * model.logitCount);
          const at = from + row + 1 - prompt.length;
          probabilities[at] = ofToken(at, () => probabilityOf(next, tokenIds[at] ?? 0));
        }
      }
    } finally {
      await sequence.close();
    }
    known = end;
    start = end - Math.floor(contextLength / 2);
  }
  return probabilities;
}

function checkCount(got: number, tokens: number, logitCount: number): void {
  if (got === tokens * logitCount) return;
  throw new WatermarkError(
    'invalid-logits',
    `"model" expected ${tokens * logitCount} logits after ${tokens} tokens, got ${got}`,
  );
}

// Says which token's logits are wrong.
function ofToken(position: number, read: () => number): number {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof WatermarkError)) throw cause;
    throw new WatermarkError(cause.code, `token ${position}: ${cause.message}`, { cause });
  }
}

// Reads tokens whose successors are known.
async function skip(sequence: ModelSequence, tokenIds: Uint32Array, batch: number): Promise<void> {
  for (let from = 0; from < tokenIds.length; from += batch) {
    await sequence.append(tokenIds.subarray(from, from + batch));
  }
}
