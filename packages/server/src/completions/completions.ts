import { type ChatMessage, ChatTemplateError, type LocalModel, promptTokens } from '@countermark/local-model';
import { Watermarker } from '@countermark/watermark';
import type { Caller } from '../access/scopes.ts';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import type { KeyUses } from '../store/key-uses.ts';
import { belongsTo, type WatermarkKeyInfo, type WatermarkKeys } from '../store/watermark-keys.ts';
import { type AnswerEnd, type AnswerPart, answerChoice } from './answer-choice.ts';
import { type ChoiceSampler, choiceSampler } from './choice-sampler.ts';
import type { CompletionModel } from './completion-model.ts';
import type { CompletionRequest } from './completion-request.ts';
import { Slots } from './slots.ts';

const DEFAULT_TOKENS = 256;
const MAX_WAITING = 32;
// Text has about four: one far longer is refused before it is tokenized, which keeps everybody waiting.
const MOST_CHARACTERS_A_TOKEN = 32;

/** A part of a completion: of one of its answers. */
interface CompletionPart extends AnswerPart {
  /** Which answer it is of. */
  readonly index: number;
  /** How the answer ended, in its last part. */
  readonly end: AnswerEnd | undefined;
}

/** What a completion came to. */
export interface CompletionEnd {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Whose a completion is. */
export interface CompletionOwner {
  readonly caller: Caller;
  /** The account that it is marked for. */
  readonly accountId: string;
}

/** A completion under way: the parts of its answers, one answer after another, and then what it came to. */
export interface Completion {
  /** The key that it is marked with. */
  readonly keyId: string;
  readonly parts: AsyncGenerator<CompletionPart, CompletionEnd, void>;
}

/** The completions of a server: its model's answers, marked for the account of whoever asks. */
export class Completions {
  /** The model; its `id` is undefined where there is none. */
  readonly model: CompletionModel;
  readonly #keys: WatermarkKeys;
  readonly #uses: KeyUses;
  readonly #seedKey: Uint8Array;
  readonly #slots: Slots;

  /** @param seedKey what the randomness of requests with a seed is derived from, `[32]`. */
  constructor(model: CompletionModel, keys: WatermarkKeys, uses: KeyUses, seedKey: Uint8Array) {
    this.#uses = uses;
    this.model = model;
    this.#keys = keys;
    this.#seedKey = seedKey;
    this.#slots = new Slots(model.sequences, MAX_WAITING);
  }

  /**
   * Starts a completion as soon as its turn comes. Consume it, or abort the signal: others wait for it.
   *
   * @param owner whose it is: who asks, and which account it is marked for.
   * @param signal    ends it.
   * @throws {Problem} `not-found`, `conflict` without a key for the model, `invalid-request`, `overloaded` or `cancelled`.
   */
  async start(
    request: CompletionRequest,
    { caller, accountId }: CompletionOwner,
    signal: AbortSignal,
  ): Promise<Completion> {
    if (this.model.id === undefined || request.model !== this.model.id) {
      throw new Problem('not-found', 'the server has no such model', { param: 'model' });
    }
    const giveBack = await this.#slots.take(signal);
    let watermarker: Watermarker | undefined;
    try {
      const local = await this.model.open();
      expectClient(signal);
      const prompt = readPrompt(local, request);
      const key = await this.#openKey(local, this.model.id, caller);
      watermarker = new Watermarker(key);
      expectClient(signal);
      this.#uses.count(caller.apiKeyId, 'completion', [key.keyId]);
      const parts = { key, watermarker, accountId, prompt, seedKey: this.#seedKey };
      const samplers = Array.from({ length: request.choices }, (_, i) => choiceSampler(request, parts, i));
      const end = (): void => {
        watermarker?.close();
        giveBack();
      };
      const completion = generate(local, samplers, request, prompt, signal, end);
      // Begun, it gives back what it holds however it is left.
      await completion.next();
      const leave = (): void => void completion.return(undefined as never).catch(() => undefined);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      expectClient(signal);
      return { keyId: key.keyId, parts: completion };
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

  async #openKey({ tokenizer }: LocalModel, id: string, caller: Caller) {
    const all = (await this.#keys.list()).filter(
      (key) =>
        key.status === 'active' &&
        key.params.tokenizer.fingerprint === tokenizer.fingerprint &&
        belongsTo(key, caller),
    );
    // A tenant's own keys go before every tenant's.
    const own = all.filter(({ tenant }) => tenant !== null);
    const keys = own.length > 0 ? own : all;
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
  const length = typeof prompt === 'string' ? prompt.length : lengthOf(prompt);
  const isLong = length > room * MOST_CHARACTERS_A_TOKEN;
  const tokenIds = isLong ? undefined : tokensOf(local, prompt, refuse);
  return tokenIds !== undefined && tokenIds.length < room
    ? tokenIds
    : refuse(`the model reads fewer than ${room} tokens`);
}

function lengthOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

function tokensOf(
  local: LocalModel,
  prompt: CompletionRequest['prompt'],
  refuse: (reason: string) => never,
): Uint32Array {
  if (typeof prompt !== 'string' && local.chat !== undefined) {
    try {
      return local.chat.promptTokens(prompt);
    } catch (cause) {
      if (cause instanceof ChatTemplateError) refuse(cause.message);
      throw cause;
    }
  }
  // A model without a template only goes on with a text.
  const text = typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n\n');
  if (text === '' && local.promptPrefix.length === 0 && local.startTokenId === undefined) {
    refuse('the prompt is empty, and this model cannot start without one');
  }
  return promptTokens(local, text);
}

/** Generates the answers of a completion, one after another. The first part is empty, and comes before anything is done. */
async function* generate(
  local: LocalModel,
  samplers: readonly ChoiceSampler[],
  { maxTokens = DEFAULT_TOKENS, stops }: CompletionRequest,
  prompt: Uint32Array,
  signal: AbortSignal,
  end: () => void,
): Completion['parts'] {
  try {
    yield { index: 0, text: '', tokens: [], end: undefined };
    let completionTokens = 0;
    for (const [index, sampler] of samplers.entries()) {
      const answer = answerChoice(local, sampler, prompt, { maxTokens, stops, signal });
      try {
        for (;;) {
          const { done, value } = await answer.next();
          if (done !== true) {
            yield { index, ...value, end: undefined };
            continue;
          }
          completionTokens += value.tokens;
          yield { index, text: '', tokens: [], end: value };
          break;
        }
      } finally {
        await answer.return(undefined as never);
      }
    }
    return { promptTokens: prompt.length, completionTokens };
  } catch (cause) {
    if (signal.aborted) throw new Problem('cancelled', 'the client went away', { cause });
    throw cause;
  } finally {
    end();
  }
}
