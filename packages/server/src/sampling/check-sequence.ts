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
  // In which call of `check` an id was listed last, `[vocabSize]` of the largest vocabulary so far.
  #listedIn = new Uint32Array(0);
  #round = 0;

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
    if (this.#listedIn.length < vocabSize || ++this.#round > 0xffff_ffff) {
      this.#listedIn = new Uint32Array(vocabSize);
      this.#round = 1;
    }
    let isAnyFinite = false;
    for (let i = 0; i < tokenIds.length; i++) {
      const id = tokenIds[i] ?? 0;
      if (id >= vocabSize) return `"tokenIds[${i}]" expected a token id below ${vocabSize}`;
      if (this.#listedIn[id] === this.#round) return `"tokenIds[${i}]" expected an id that is listed once`;
      this.#listedIn[id] = this.#round;
      const logit = logits[i] ?? Number.NaN;
      // False for NaN too.
      if (!(logit < Number.POSITIVE_INFINITY)) return '"logits" expected finite or -Infinity';
      isAnyFinite ||= logit > Number.NEGATIVE_INFINITY;
    }
    return isAnyFinite ? undefined : '"logits" expected a finite value';
  }
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
