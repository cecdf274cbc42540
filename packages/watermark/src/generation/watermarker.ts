import type { WatermarkKey } from '../key.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { type AccountCodes, createAccountCodes } from '../prf/account-codes.ts';
import { createWordSource, type KeyedWordSource } from '../prf/word-source.ts';
import { CandidateList } from '../sampling/candidate-list.ts';
import { CandidateSelector } from '../sampling/candidate-selector.ts';
import { completeOptions } from '../sampling/sampling-options.ts';
import type { SamplingSettings } from '../sampling/sampling-settings.ts';
import { DEFAULT_START_BITS, type Pauses, StartBits } from '../sampling/start-bits.ts';
import { systemRandom } from '../sampling/system-random.ts';
import { createScheme } from '../scheme/create-scheme.ts';
import type { Scheme } from '../scheme/scheme.ts';
import { type SlotLimits, slotLimits } from '../scheme/slots.ts';
import { accountSymbols } from './account-symbols.ts';
import { Generation } from './generation.ts';

/** How one response is generated. */
export interface GenerationOptions {
  /** The prompt's token ids (default none): only `promptContexts` looks at them. */
  readonly prompt?: ArrayLike<number>;
  /** Token ids of the response so far, to go on from there (default none): the contexts of their steps are taken for used. */
  readonly response?: ArrayLike<number>;
  /** Bits that the response so far has spent, as its `Generation.spentBits` says (default 0: it spends them anew). */
  readonly spentBits?: number;
  /**
   * Bits of its own that a response spends before it is marked, 0 to 64 (default 16): the sum of −log2 p over tokens drawn without the
   * mark, p after temperature and truncation. With too few, answers to one question begin alike. Greedy decoding draws nothing, and spends none.
   */
  readonly startBits?: number;
  /**
   * When bits are spent again between marked tokens (default: never). It takes evidence, and answers to one question share less: docs/choices.md
   * has the exchange. `startBits` must be at least `pauses.bits`.
   */
  readonly pauses?: Pauses;
  /**
   * Whether contexts may reach into the prompt (default false). A detector that has the response alone cannot score these
   * steps, and every response to the prompt takes the same tokens there; for detectors that are given both.
   */
  readonly promptContexts?: boolean;
  /** Whose response this is, 1 to 256 bytes of UTF-8; without it account slots stay unmarked. */
  readonly accountId?: string;
  /** Temperature, top-k and top-p (default: none, temperature 1). */
  readonly sampling?: SamplingSettings;
  /** Yields fresh uniform numbers in (0, 1); by default {@link systemRandom}. */
  readonly random?: () => number;
}

const OPTIONS: OptionNames<GenerationOptions> = {
  prompt: true,
  response: true,
  spentBits: true,
  startBits: true,
  pauses: true,
  promptContexts: true,
  accountId: true,
  sampling: true,
  random: true,
};
const SAMPLING: OptionNames<SamplingSettings> = { temperature: true, topK: true, topP: true };
const PAUSES: OptionNames<Pauses> = { after: true, bits: true };

/**
 * Marks responses with one key. Holds the derived keys and one set of buffers for the vocabulary until closed.
 *
 * Responses may be interleaved; the work of one step is done when `next` returns.
 */
export class Watermarker {
  /** Number of token ids; logits are at least this long. */
  readonly vocabSize: number;
  readonly #scheme: Scheme;
  readonly #kind: string;
  readonly #limits: SlotLimits;
  readonly #codeLength: number;
  readonly #wordSource: KeyedWordSource;
  readonly #accountCodes: AccountCodes;
  readonly #selector: CandidateSelector;
  readonly #list: CandidateList;
  #closed = false;

  constructor(key: WatermarkKey) {
    const { params } = key;
    this.vocabSize = params.tokenizer.vocabSize;
    this.#scheme = createScheme(params.scheme);
    this.#kind = params.scheme.kind;
    this.#limits = slotLimits(params);
    this.#codeLength = params.codeLength;
    const schemeKey = key.schemeKey();
    this.#wordSource = createWordSource(schemeKey, params.contextWidth);
    schemeKey.fill(0);
    const accountKey = key.accountKey();
    this.#accountCodes = createAccountCodes(accountKey);
    accountKey.fill(0);
    this.#selector = new CandidateSelector(this.vocabSize);
    this.#list = new CandidateList(this.vocabSize);
  }

  /**
   * Starts a response.
   *
   * @throws {RangeError} if an option or a token id of the prompt is out of range; in particular for temperature 0 with a
   *   scheme that needs the randomness of sampling to hide in (`gumbel`, `tournament`).
   * @throws {TypeError} if the watermarker is closed, or an option has another name.
   */
  start(options: GenerationOptions = {}): Generation {
    checkOptionNames(options, OPTIONS, 'Watermarker.start');
    const { prompt = [], response = [], accountId, sampling = {}, random = systemRandom() } = options;
    const { spentBits = 0, startBits = DEFAULT_START_BITS, promptContexts = false, pauses } = options;
    checkOptionNames(sampling, SAMPLING, 'sampling');
    if (pauses !== undefined) checkOptionNames(pauses, PAUSES, 'pauses');
    if (this.#closed) throw new TypeError('"watermarker" expected an open watermarker, got a closed one');
    const bits = new StartBits(startBits, spentBits, pauses);
    const { temperature, ...truncation } = sampling;
    const greedy = temperature === 0;
    const greedily = greedy ? this.#scheme.chooseGreedily : undefined;
    if (greedy && greedily === undefined) {
      throw new RangeError(
        `"temperature" expected > 0: greedy decoding leaves the ${this.#kind} scheme no randomness to hide its mark in`,
      );
    }
    return new Generation(
      {
        scheme: this.#scheme,
        wordSource: this.#wordSource,
        limits: this.#limits,
        selector: this.#selector,
        list: this.#list,
        options: completeOptions(greedy ? truncation : sampling, this.vocabSize),
        greedily,
        symbolAt:
          accountId === undefined
            ? undefined
            : accountSymbols(this.#accountCodes, accountId, this.#codeLength),
        random,
        startBits: greedy ? new StartBits(0, 0) : bits,
        promptContexts,
      },
      prompt,
      response,
    );
  }

  /** Overwrites the keys it holds; responses under way can go no further. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#wordSource.close();
    this.#accountCodes.close();
  }
}
