import { DEFAULT_START_BITS, type WatermarkParams } from '@countermark/watermark';
import { isAccountId } from '../accounts/account-id.ts';
import { Problem } from '../http/problem.ts';
import type { SampleSequence } from './sample-request.ts';

/** What a key's parameters say of what may be asked for under it. */
type Marking = Pick<WatermarkParams, 'scheme' | 'tokenizer'>;

/**
 * Checks sequences against the key that is to mark them. What the library refuses after this is a fault of ours, and nobody is told
 * that it is his.
 */
export class SequenceCheck {
  // A bit for each id that the sequence lists, zeros between two: of a vocabulary of 200,000 it stays in the nearest cache.
  #listed = new Uint32Array(0);

  /**
   * Checks a sequence.
   *
   * @param index of it in the call.
   * @throws {Problem} `invalid-request` saying what is wrong, without the value.
   */
  check(sequence: SampleSequence, { scheme, tokenizer }: Marking, index: number): void {
    const reason =
      faultOfNumbers(sequence) ??
      faultOfText(sequence) ??
      faultOfContext(sequence, tokenizer.vocabSize) ??
      this.#faultOfCandidates(sequence, tokenizer.vocabSize);
    const param = `sequences.${index}`;
    if (reason !== undefined) throw new Problem('invalid-request', `"${param}": ${reason}`, { param });
    const greedy = greedyFault(sequence.temperature, scheme.kind);
    if (greedy !== undefined) throw new Problem('invalid-request', `"${param}": ${greedy}`, { param });
  }

  #faultOfCandidates({ tokenIds, logits }: SampleSequence, vocabSize: number): string | undefined {
    if (logits.length !== tokenIds.length) return `"logits" expected length ${tokenIds.length}`;
    return this.#faultOfIds(tokenIds, vocabSize) ?? faultOfLogits(logits);
  }

  #faultOfIds(tokenIds: Uint32Array, vocabSize: number): string | undefined {
    const words = (vocabSize + 31) >>> 5;
    if (this.#listed.length < words) this.#listed = new Uint32Array(words);
    const listed = this.#listed;
    let fault: string | undefined;
    let count = 0;
    for (; count < tokenIds.length; count++) {
      const id = tokenIds[count] ?? 0;
      if (id >= vocabSize) fault = `"tokenIds[${count}]" expected a token id below ${vocabSize}`;
      else if (((listed[id >>> 5] ?? 0) >>> (id & 31)) & 1)
        fault = `"tokenIds[${count}]" expected an id that is listed once`;
      if (fault !== undefined) break;
      listed[id >>> 5] = (listed[id >>> 5] ?? 0) | (1 << (id & 31));
    }
    for (let i = 0; i < count; i++) listed[(tokenIds[i] ?? 0) >>> 5] = 0;
    return fault;
  }
}

function faultOfLogits(logits: Float32Array): string | undefined {
  let isAnyFinite = false;
  for (const logit of logits) {
    // False for NaN too.
    if (!(logit < Number.POSITIVE_INFINITY)) return '"logits" expected finite or -Infinity';
    isAnyFinite ||= logit > Number.NEGATIVE_INFINITY;
  }
  return isAnyFinite ? undefined : '"logits" expected a finite value';
}

/** Says why a response cannot be drawn greedily under a key, if it is to be and cannot. */
export function greedyFault(
  temperature: number | undefined,
  kind: WatermarkParams['scheme']['kind'],
): string | undefined {
  if (temperature !== 0 || kind === 'green-list') return undefined;
  return `"temperature" expected > 0: greedy decoding leaves the ${kind} scheme no randomness to hide its mark in`;
}

function faultOfNumbers(sequence: SampleSequence): string | undefined {
  const { context, generated = 0, responseId, spentBits, startBits = DEFAULT_START_BITS, pauses } = sequence;
  if (pauses !== undefined && pauses.bits > startBits) {
    return `"pauses.bits" expected a number above 0, and at most the start bits (${startBits})`;
  }
  if (responseId !== undefined) return undefined;
  if (spentBits === undefined && startBits !== 0 && generated !== 0) {
    return '"spentBits" expected what the answer to the last step said of this response';
  }
  if (generated > context.length) return '"generated" expected at most as many ids as "context" has';
  return undefined;
}

function faultOfText({ accountId }: SampleSequence): string | undefined {
  if (accountId === undefined) return undefined;
  return isAccountId(accountId) ? undefined : '"accountId" expected 1 to 256 bytes of well-formed UTF-8';
}

function faultOfContext({ context }: SampleSequence, vocabSize: number): string | undefined {
  return context.some((tokenId) => tokenId >= vocabSize)
    ? `"context" expected token ids below ${vocabSize}`
    : undefined;
}
