import { type LocalModel, promptTokens } from '@countermark/local-model';
import { type Generation, generateTokens, Watermarker } from '@countermark/watermark';
import { createTextStream } from '@countermark/watermark/tokenizer';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import { greedyFault } from '../sampling/check-sequence.ts';
import type { WatermarkKeyInfo, WatermarkKeys } from '../store/watermark-keys.ts';
import type { CompletionModel } from './completion-model.ts';
import type { CompletionRequest } from './completion-schemas.ts';
import { Slots } from './slots.ts';
import { StopSequences } from './stop-sequences.ts';

const DEFAULT_TOKENS = 256;
const MAX_WAITING = 32;
// Text has about four: one far longer is refused before it is tokenized, which keeps everybody waiting.
const MOST_CHARACTERS_A_TOKEN = 32;

/** How a completion ended. */
export interface CompletionEnd {
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A completion under way: its text as it comes, then how it ended. */
export type Completion = AsyncGenerator<string, CompletionEnd, void>;

/** The completions of a server: its model's answers, marked for the account of whoever asks. */
export class Completions {
  /** The model; its `id` is undefined where there is none. */
  readonly model: CompletionModel;
  readonly #keys: WatermarkKeys;
  readonly #slots: Slots;

  constructor(model: CompletionModel, keys: WatermarkKeys) {
    this.model = model;
    this.#keys = keys;
    this.#slots = new Slots(model.sequences, MAX_WAITING);
  }

  /**
   * Starts a completion as soon as its turn comes. Consume it, or abort the signal: others wait for it.
   *
   * @param accountId whose it is.
   * @param signal    ends it.
   * @throws {Problem} `not-found`, `conflict` without a key for the model, `invalid-request`, `overloaded` or `cancelled`.
   */
  async start(request: CompletionRequest, accountId: string, signal: AbortSignal): Promise<Completion> {
    if (this.model.id === undefined || request.model !== this.model.id) {
      throw new Problem('not-found', 'the server has no such model', { param: 'model' });
    }
    const giveBack = await this.#slots.take(signal);
    let watermarker: Watermarker | undefined;
    try {
      const local = await this.model.open();
      expectClient(signal);
      const prompt = readPrompt(local, request);
      const key = await this.#openKey(local, this.model.id);
      watermarker = new Watermarker(key);
      expectClient(signal);
      const generation = startGeneration(watermarker, key.params.scheme.kind, request, prompt, accountId);
      const end = (): void => {
        watermarker?.close();
        giveBack();
      };
      const completion = generate(local, generation, request, prompt, signal, end);
      // Begun, it gives back what it holds however it is left.
      await completion.next();
      const leave = (): void => void completion.return(undefined as never).catch(() => undefined);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      expectClient(signal);
      return completion;
    } catch (error) {
      watermarker?.close();
      giveBack();
      throw error;
    }
  }

  /** Waits for those under way, and closes the model. */
  async close(): Promise<void> {
    await this.#slots.close();
    await this.model.close();
  }

  async #openKey({ tokenizer }: LocalModel, id: string) {
    const keys = (await this.#keys.list()).filter(
      ({ status, params }) => status === 'active' && params.tokenizer.fingerprint === tokenizer.fingerprint,
    );
    const info: WatermarkKeyInfo | undefined = keys.find(({ label }) => label === id) ?? keys.at(-1);
    const key = info === undefined ? undefined : await this.#keys.open(info.keyId);
    if (key === undefined) throw new Problem('conflict', "there is no active key for the model's tokenizer");
    return key;
  }
}

function readPrompt(local: LocalModel, { prompt, promptParam: param }: CompletionRequest): Uint32Array {
  const room = local.model.contextLength ?? Number.POSITIVE_INFINITY;
  const refuse = (reason: string): never => {
    throw new Problem('invalid-request', `"${param}": ${reason}`, { param });
  };
  if (prompt === '' && local.promptPrefix.length === 0 && local.startTokenId === undefined) {
    refuse('the prompt is empty, and this model cannot start without one');
  }
  const isLong = prompt.length > room * MOST_CHARACTERS_A_TOKEN;
  const tokenIds = isLong ? undefined : promptTokens(local, prompt);
  return tokenIds !== undefined && tokenIds.length < room
    ? tokenIds
    : refuse(`the model reads fewer than ${room} tokens`);
}

function startGeneration(
  watermarker: Watermarker,
  kind: WatermarkKeyInfo['params']['scheme']['kind'],
  { temperature, topP }: CompletionRequest,
  prompt: Uint32Array,
  accountId: string,
): Generation {
  const fault = greedyFault(temperature, kind);
  if (fault !== undefined) {
    throw new Problem('invalid-request', `"temperature": ${fault}`, { param: 'temperature' });
  }
  const sampling = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
  };
  return watermarker.start({ prompt, accountId, sampling });
}

/** Generates a completion. The first part is empty, and comes before anything is done. */
async function* generate(
  { model, tokenizer, stopTokenIds }: LocalModel,
  generation: Generation,
  { maxTokens = DEFAULT_TOKENS, stops }: CompletionRequest,
  prompt: Uint32Array,
  signal: AbortSignal,
  end: () => void,
): AsyncGenerator<string, CompletionEnd, void> {
  try {
    yield '';
    const most = Math.min(maxTokens, (model.contextLength ?? Number.POSITIVE_INFINITY) - prompt.length);
    const text = createTextStream(tokenizer);
    const stop = new StopSequences(stops);
    let tokens = 0;
    for await (const tokenId of generateTokens(model, generation, prompt, {
      maxTokens: most,
      stopTokenIds,
      signal,
    })) {
      tokens++;
      const shown = stop.push(text.push(tokenId));
      if (shown !== '') yield shown;
      if (stop.isReached) break;
    }
    const rest = stop.push(text.end()) + stop.end();
    if (rest !== '') yield rest;
    return {
      finishReason: stop.isReached || tokens < most ? 'stop' : 'length',
      promptTokens: prompt.length,
      completionTokens: tokens,
    };
  } catch (cause) {
    if (signal.aborted) throw new Problem('cancelled', 'the client went away', { cause });
    throw cause;
  } finally {
    end();
  }
}
