import {
  type Generation,
  type GenerationOptions,
  systemRandom,
  WatermarkError,
} from '@countermark/watermark';
import type { Caller } from '../access/scopes.ts';
import type { Settings } from '../config.ts';
import { Problem } from '../problem.ts';
import type { MarkingKey, MarkingKeys } from './marking-keys.ts';
import { RememberedResponses } from './remembered-responses.ts';
import type { SampleRequest, SampleSequence } from './sample-request.ts';

/** What was chosen. */
export interface Samples {
  /** Which key marked. */
  readonly keyId: string;
  /** Uint32Array `[sequences]`, in their order. */
  readonly tokenIds: Uint32Array;
}

/** Chooses the next tokens of sequences, marked, for engines elsewhere. */
export class TokenChooser {
  readonly #keys: MarkingKeys;
  readonly #settings: Settings;
  readonly #responses = new RememberedResponses();
  readonly #random = systemRandom();

  constructor(keys: MarkingKeys, settings: Settings) {
    this.#keys = keys;
    this.#settings = settings;
  }

  /**
   * Chooses a token for each sequence. If one is at fault nothing is answered; contexts of those before it are used then.
   *
   * @throws {Problem} `invalid-request`, `limit-exceeded`, `not-found`, or `conflict` for a retired key.
   */
  async choose(request: SampleRequest, caller: Caller): Promise<Samples> {
    this.#checkLimits(request);
    const key =
      request.keyId === undefined
        ? await this.#keys.useLabel(request.label ?? '')
        : await this.#keys.use(request.keyId);
    const { sequences } = request;
    const tokenIds = new Uint32Array(sequences.length);
    for (const [index, sequence] of sequences.entries()) {
      tokenIds[index] = blaming(index, () =>
        this.#generation(key, sequence, caller).chooseAmong(sequence.tokenIds, sequence.logits),
      );
    }
    return { keyId: key.keyId, tokenIds };
  }

  #generation({ keyId, watermarker }: MarkingKey, sequence: SampleSequence, caller: Caller): Generation {
    const { context, generated, responseId, accountId, temperature, topK, topP } = sequence;
    const { vocabSize } = watermarker;
    if (context.some((tokenId) => tokenId >= vocabSize)) {
      throw new RangeError(`"context" expected token ids below ${vocabSize}`);
    }
    const options: GenerationOptions = {
      random: this.#random,
      sampling: {
        ...(temperature === undefined ? {} : { temperature }),
        ...(topK === undefined ? {} : { topK }),
        ...(topP === undefined ? {} : { topP }),
      },
      ...(accountId === undefined ? {} : { accountId }),
    };
    if (responseId === undefined) {
      const at = context.length - (generated ?? 0);
      if (at < 0) throw new RangeError('"generated" expected at most as many ids as "context" has');
      return watermarker.start({
        ...options,
        prompt: context.subarray(0, at),
        response: context.subarray(at),
      });
    }
    const generation = this.#responses.next(
      caller.tenant,
      `${keyId} ${caller.apiKeyId} ${responseId}`,
      JSON.stringify([accountId, temperature, topK, topP]),
      () => watermarker.start(options),
    );
    generation.moveTo(context);
    return generation;
  }

  #checkLimits({ sequences }: SampleRequest): void {
    const settings = this.#settings;
    checkLimit(
      'sequences',
      'COUNTERMARK_MAX_SEQUENCES',
      settings.COUNTERMARK_MAX_SEQUENCES,
      sequences.length,
    );
    let tokens = 0;
    for (const [index, { tokenIds, context }] of sequences.entries()) {
      const param = `sequences.${index}.tokenIds`;
      checkLimit(param, 'COUNTERMARK_MAX_CANDIDATES', settings.COUNTERMARK_MAX_CANDIDATES, tokenIds.length);
      tokens += context.length;
    }
    checkLimit('sequences', 'COUNTERMARK_MAX_TOKENS', settings.COUNTERMARK_MAX_TOKENS, tokens);
  }
}

function checkLimit(param: string, name: string, value: number, given: number): void {
  if (given <= value) return;
  throw new Problem('limit-exceeded', `"${param}" has more than ${value}`, { param, limit: { name, value } });
}

/** Turns what the library refuses into a problem of one sequence, without the value that it was refused for. */
function blaming(index: number, work: () => number): number {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof WatermarkError)) throw cause;
    const param = `sequences.${index}`;
    const reason = cause.message.replace(/, got .*$/s, '');
    throw new Problem('invalid-request', `"${param}": ${reason}`, { cause, param });
  }
}
