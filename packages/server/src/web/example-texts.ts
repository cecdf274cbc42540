import { DEMO, openLocalModel, promptTokens } from '@countermark/local-model';
import { generateTokens, systemRandom, type TokenSampler, Watermarker } from '@countermark/watermark';
import type { Logger } from 'pino';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { WatermarkKeyInfo, WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';

/** Which texts there are to try. */
export const EXAMPLES = ['marked', 'unmarked'] as const;
/** One of {@link EXAMPLES}. */
export type ExampleName = (typeof EXAMPLES)[number];

/** A text to try. */
export interface Example {
  readonly text: string;
  /** Where it comes from, in a sentence. */
  readonly source: string;
}

/** What examples are made with. */
export interface ExampleParts {
  readonly keys: Pick<WatermarkKeys, 'listRecent' | 'open'>;
  readonly pool: ComputePool;
  readonly tokenizers: TokenizerList;
  readonly logger: Logger;
}

const PROMPT = 'The state of the nation is';
const TOKENS = 450;
const TRIES = 3;

/** Texts that anybody may try: one by a person of long ago, and one that the bundled model writes under its public key. */
export class ExampleTexts {
  readonly #parts: ExampleParts;
  #written: { readonly keyId: string; readonly text: Promise<string | undefined> } | undefined;

  constructor(parts: ExampleParts) {
    this.#parts = parts;
  }

  /**
   * Returns the public key that a marked text can be shown of: the bundled model's own. A text under any other key would have to come from
   * its vendor's model. Undefined where there is none.
   */
  async keyOf(): Promise<WatermarkKeyInfo | undefined> {
    const { keys, tokenizers } = this.#parts;
    const tokenizer = await tokenizers.paramsOf(DEMO);
    const own = (await keys.listRecent()).filter(
      (key) =>
        key.public &&
        key.status === 'active' &&
        key.archived === null &&
        key.params.tokenizer.fingerprint === tokenizer?.fingerprint,
    );
    return own.find(({ label }) => label === DEMO) ?? own.at(-1);
  }

  /** Returns a text to try; undefined where there is none. The marked one is written when it is first asked for. */
  async get(name: ExampleName): Promise<Example | undefined> {
    if (name === 'unmarked') return { text: UNMARKED, source: UNMARKED_SOURCE };
    const key = await this.keyOf();
    if (key === undefined) return undefined;
    if (this.#written?.keyId !== key.keyId) {
      this.#written = { keyId: key.keyId, text: this.#write(key) };
    }
    const written = this.#written;
    const text = await written.text;
    // Whoever asks next tries again.
    if (text === undefined && this.#written === written) this.#written = undefined;
    if (text === undefined) return undefined;
    return {
      text,
      source: `Written on this server by its small bundled model, and marked under the key ${key.label}.`,
    };
  }

  // A text that is not detected would be no example: whether this one is, the public tier's own test says.
  async #write(info: WatermarkKeyInfo): Promise<string | undefined> {
    const { pool, logger } = this.#parts;
    try {
      for (let i = 0; i < TRIES; i++) {
        const text = await this.#answer(info.keyId);
        if (text === undefined) return undefined;
        const task = {
          document: text,
          keyIds: [info.keyId],
          normalization: 'invisible',
          untested: 0,
        } as const;
        const asked = { kind: 'public-detect', ...task, salt: 0 } as const;
        if ((await pool.run(asked, new AbortController().signal)).verdict === 'detected') return text;
      }
      logger.warn({ keyId: info.keyId }, 'no example text was detected');
    } catch (error) {
      logger.warn({ name: error instanceof Error ? error.name : '' }, 'no example text could be written');
    }
    return undefined;
  }

  async #answer(keyId: string): Promise<string | undefined> {
    const key = await this.#parts.keys.open(keyId);
    if (key === undefined) return undefined;
    const signal = new AbortController().signal;
    const local = await openLocalModel(DEMO, { tokenizers: [], thread: true, signal });
    const watermarker = new Watermarker(key);
    try {
      const prompt = promptTokens(local, PROMPT);
      const generation = watermarker.start({ prompt, random: systemRandom() });
      const endless: TokenSampler = {
        next(logits) {
          for (const tokenId of local.stopTokenIds) logits[tokenId] = -Infinity;
          return generation.next(logits);
        },
      };
      const tokenIds: number[] = [];
      for await (const id of generateTokens(local.model, endless, prompt, { maxTokens: TOKENS })) {
        tokenIds.push(id);
      }
      return PROMPT + local.tokenizer.decode(tokenIds);
    } finally {
      watermarker.close();
      await local.close();
    }
  }
}

const UNMARKED_SOURCE =
  'Charles Darwin, “On the Origin of Species”, 1859, from the introduction: long before any mark.';
const UNMARKED = `When on board H.M.S. ‘Beagle,’ as naturalist, I was much struck with certain facts in the distribution of the inhabitants of South America, and in the geological relations of the present to the past inhabitants of that continent. These facts seemed to me to throw some light on the origin of species—that mystery of mysteries, as it has been called by one of our greatest philosophers. On my return home, it occurred to me, in 1837, that something might perhaps be made out on this question by patiently accumulating and reflecting on all sorts of facts which could possibly have any bearing on it. After five years’ work I allowed myself to speculate on the subject, and drew up some short notes; these I enlarged in 1844 into a sketch of the conclusions, which then seemed to me probable: from that period to the present day I have steadily pursued the same object. I hope that I may be excused for entering on these personal details, as I give them to show that I have not been hasty in coming to a decision.

My work is now nearly finished; but as it will take me two or three more years to complete it, and as my health is far from strong, I have been urged to publish this Abstract. I have more especially been induced to do this, as Mr. Wallace, who is now studying the natural history of the Malay archipelago, has arrived at almost exactly the same general conclusions that I have on the origin of species.`;
