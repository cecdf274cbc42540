import type { TokenizerParams } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import type { TokenizerAsked, WorkerSetup } from './task.ts';

/** A tokenizer, with how parameters name it. */
export interface OpenTokenizer {
  readonly tokenizer: Tokenizer;
  readonly params: TokenizerParams;
}

/** The tokenizers of a worker thread, each opened when it is first asked for. */
export class WorkerTokenizers {
  readonly #names: readonly string[];
  readonly #locations: readonly string[];
  readonly #opened = new Map<string, Promise<OpenTokenizer>>();

  constructor({ tokenizerNames, tokenizerLocations }: WorkerSetup) {
    this.#names = tokenizerNames;
    this.#locations = tokenizerLocations;
  }

  /** Finds a tokenizer; undefined if the server has none of that name and fingerprint. */
  async find({ name, fingerprint }: TokenizerAsked): Promise<OpenTokenizer | undefined> {
    const named = this.#names.indexOf(name);
    if (named >= 0) {
      const found = await this.#open(named);
      if (fingerprint === undefined || found.params.fingerprint === fingerprint) return found;
    }
    if (fingerprint === undefined) return undefined;
    // A file's name in parameters is not its path: the fingerprint tells.
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i] === this.#locations[i] && /[/\\]|\.json$/i.test(this.#names[i] ?? '')) {
        const found = await this.#open(i);
        if (found.params.fingerprint === fingerprint) return found;
      }
    }
    return undefined;
  }

  async #open(i: number): Promise<OpenTokenizer> {
    const location = this.#locations[i] ?? '';
    const opened = this.#opened.get(location) ?? this.#read(this.#names[i] ?? '', location);
    this.#opened.set(location, opened);
    // What could not be read now may be readable later.
    opened.catch(() => this.#opened.delete(location));
    return opened;
  }

  async #read(name: string, location: string): Promise<OpenTokenizer> {
    const tokenizer = await openTokenizer(location);
    const { vocabSize, fingerprint } = tokenizer;
    // A path means nothing to clients.
    const publicName = name === location ? tokenizer.name : name;
    return { tokenizer, params: { name: publicName, vocabSize, fingerprint } };
  }
}
