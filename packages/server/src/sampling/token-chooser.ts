import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Generation, type GenerationOptions, type StepFate, systemRandom } from '@countermark/watermark';
import type { Caller } from '../access/scopes.ts';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import type { KeyUses } from '../store/key-uses.ts';
import { SequenceCheck } from './check-sequence.ts';
import type { MarkingKey, MarkingKeys } from './marking-keys.ts';
import { RememberedResponses } from './remembered-responses.ts';
import type { SampleRequest, SampleSequence } from './sample-request.ts';

/** Candidates and ids of contexts that the event loop works at in one turn: some 10 ms. */
const WORK_A_TURN = 65_536;

/** What was chosen. */
export interface Samples {
  /** Which key marked. */
  readonly keyId: string;
  /** Uint32Array `[sequences]`, in their order. */
  readonly tokenIds: Uint32Array;
  /** Float64Array `[sequences]`: bits that each response has spent if its token is taken. */
  readonly spentBits: Float64Array;
  /** What became of each sequence's step, `[sequences]`. */
  readonly steps: readonly StepFate[];
}

/** The remembered responses of a call, `[sequences]`; undefined for those that are not. */
type Asked = readonly ({ readonly name: string; readonly settings: string } | undefined)[];

/** Options of a response that are put together. */
type NewOptions = { -readonly [K in keyof GenerationOptions]: GenerationOptions[K] };

/** Returns what was chosen as JSON has it. */
export function samplesJson({ keyId, tokenIds, spentBits, steps }: Samples) {
  return {
    object: 'samples' as const,
    keyId,
    tokenIds: Array.from(tokenIds),
    spentBits: Array.from(spentBits),
    steps,
  };
}

/** Chooses the next tokens of sequences, marked, for engines elsewhere. */
export class TokenChooser {
  readonly #keys: MarkingKeys;
  readonly #uses: KeyUses;
  readonly #responses = new RememberedResponses();
  readonly #check = new SequenceCheck();
  readonly #random = systemRandom();
  /** Remembered responses of calls that take several turns, by their names, until these are done. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(keys: MarkingKeys, uses: KeyUses) {
    this.#keys = keys;
    this.#uses = uses;
  }

  /**
   * Chooses a token for each sequence. If one is at fault nothing is answered, and no context is used.
   *
   * @throws {Problem} `invalid-request`, `not-found`, `conflict` for a retired key, or `cancelled` by the signal.
   */
  async choose(request: SampleRequest, caller: Caller, signal: AbortSignal): Promise<Samples> {
    const key =
      request.keyId === undefined
        ? await this.#keys.useLabel(request.label ?? '', caller)
        : await this.#keys.use(request.keyId, caller);
    expectClient(signal);
    const { sequences } = request;
    checkTokenizer(request, key);
    for (const [index, sequence] of sequences.entries()) this.#check.check(sequence, key.params, index);
    const responses = sequences.map((sequence) => {
      const { responseId } = sequence;
      if (responseId === undefined) return undefined;
      return { name: nameOf(key, caller, responseId), settings: settingsOf(sequence) };
    });
    if (this.#busy.size > 0) await this.#untilFree(responses);
    this.#responses.check(responses);
    const chosen = this.#chooseAll(key, sequences, caller);
    // What takes one turn is done already: nobody comes between.
    if (sequences.reduce((sum, sequence) => sum + workOf(sequence), 0) > WORK_A_TURN)
      this.#occupy(responses, chosen);
    const samples = await chosen;
    this.#uses.count(caller.apiKeyId, 'sample', [key.keyId]);
    return samples;
  }

  /** Chooses for sequences that were checked, some in each turn of the event loop. */
  async #chooseAll(key: MarkingKey, sequences: readonly SampleSequence[], caller: Caller): Promise<Samples> {
    const tokenIds = new Uint32Array(sequences.length);
    const spentBits = new Float64Array(sequences.length);
    const steps: StepFate[] = [];
    let work = 0;
    for (const [index, sequence] of sequences.entries()) {
      work += workOf(sequence);
      if (work > WORK_A_TURN && index > 0) {
        await nextTurn();
        work = workOf(sequence);
      }
      const generation = this.#generation(key, sequence, caller);
      tokenIds[index] = generation.chooseAmong(sequence.tokenIds, sequence.logits);
      spentBits[index] = generation.spentBits;
      steps.push(generation.lastStep ?? 'withoutContext');
    }
    return { keyId: key.keyId, tokenIds, spentBits, steps };
  }

  /** Keeps other calls from the responses of one that takes several turns, until it is done: it was checked for as they are. */
  #occupy(responses: Asked, chosen: Promise<Samples>): void {
    const done = chosen.then(
      () => undefined,
      () => undefined,
    );
    for (const response of responses) {
      if (response === undefined) continue;
      const { name } = response;
      this.#busy.set(name, done);
      void done.then(() => this.#busy.delete(name));
    }
  }

  /** Waits until no response of a call is another call's. */
  async #untilFree(responses: Asked): Promise<void> {
    const busy = (): Promise<void> | undefined => {
      const taken = responses.find((response) => response !== undefined && this.#busy.has(response.name));
      return taken && this.#busy.get(taken.name);
    };
    for (let other = busy(); other !== undefined; other = busy()) await other;
  }

  #generation(key: MarkingKey, sequence: SampleSequence, caller: Caller): Generation {
    const { watermarker } = key;
    const { context, generated = 0, responseId, spentBits } = sequence;
    const options = this.#optionsOf(sequence);
    if (responseId === undefined) {
      const at = context.length - generated;
      options.prompt = context.subarray(0, at);
      options.response = context.subarray(at);
      if (spentBits !== undefined) options.spentBits = spentBits;
      return watermarker.start(options);
    }
    const generation = this.#responses.next(
      caller.tenant,
      nameOf(key, caller, responseId),
      settingsOf(sequence),
      () => watermarker.start(options),
    );
    generation.moveTo(context, stepsOf(generation));
    return generation;
  }

  // Member by member: objects that are spread into each other took as long as a third of the choosing.
  #optionsOf(sequence: SampleSequence): NewOptions {
    const { accountId, temperature, topK, topP, startBits, pauses, promptContexts } = sequence;
    const sampling: { temperature?: number; topK?: number; topP?: number } = {};
    if (temperature !== undefined) sampling.temperature = temperature;
    if (topK !== undefined) sampling.topK = topK;
    if (topP !== undefined) sampling.topP = topP;
    const options: NewOptions = { random: this.#random, sampling };
    if (accountId !== undefined) options.accountId = accountId;
    if (startBits !== undefined) options.startBits = startBits;
    if (pauses !== undefined) options.pauses = pauses;
    if (promptContexts !== undefined) options.promptContexts = promptContexts;
    return options;
  }
}

function workOf({ tokenIds, context }: SampleSequence): number {
  return tokenIds.length + context.length;
}

function nameOf({ keyId }: MarkingKey, { apiKeyId }: Caller, responseId: string): string {
  return `${keyId} ${apiKeyId} ${responseId}`;
}

/** What stays the same for a whole response, as text. */
function settingsOf(sequence: Omit<SampleSequence, 'responseId'>): string {
  const { accountId, temperature, topK, topP, startBits, pauses, promptContexts } = sequence;
  return JSON.stringify([accountId, temperature, topK, topP, startBits, pauses, promptContexts]);
}

function checkTokenizer({ tokenizer }: SampleRequest, { keyId, params }: MarkingKey): void {
  if (tokenizer === undefined || tokenizer === params.tokenizer.fingerprint) return;
  throw new Problem(
    'unprocessable',
    `key ${keyId} belongs to tokenizer "${params.tokenizer.name}", whose fingerprint is another`,
    { param: 'tokenizer' },
  );
}

/** Counts the tokens that a remembered response has at most: those that were chosen for it. */
function stepsOf({ counts }: Generation): number {
  return Object.values(counts).reduce((sum: number, steps: number) => sum + steps, 0);
}
