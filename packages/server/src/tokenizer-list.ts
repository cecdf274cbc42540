import { join } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';
import type { TokenizerParams } from '@countermark/watermark';
import { openTokenizer, TOKENIZER_NAMES, type Tokenizer } from '@countermark/watermark/tokenizer';

const DEMO = 'demo';

/** The tokenizers that a server knows. It opens one only to learn what it is: texts are tokenized in worker threads. */
export class TokenizerList {
  /** Names that keys may ask for. */
  readonly names: readonly string[];
  /** What the library opens them by, for worker threads. */
  readonly locations: readonly string[];
  readonly #paths: readonly string[];
  readonly #known = new Map<string, Promise<TokenizerParams>>();

  /** @param paths tokenizer.json files beyond those built in. */
  constructor(paths: readonly string[]) {
    this.names = [...TOKENIZER_NAMES, DEMO, ...paths];
    this.#paths = paths;
    this.locations = [...TOKENIZER_NAMES, demoTokenizer(), ...paths];
  }

  /** Returns how a key's parameters name a tokenizer; undefined if the server has none of that name. */
  async paramsOf(name: string): Promise<TokenizerParams | undefined> {
    if (!this.names.includes(name)) return undefined;
    const known = this.#known.get(name) ?? describe(name);
    this.#known.set(name, known);
    return known;
  }

  /**
   * Lists what the library opens keys' tokenizers by: those of a name of ours, and all files, whose names say nothing.
   *
   * @param names of tokenizers in keys' parameters.
   */
  locationsOf(names: readonly string[]): string[] {
    const named = names.filter((name) => name === DEMO || TOKENIZER_NAMES.includes(name));
    return [...new Set(named)].map((name) => (name === DEMO ? demoTokenizer() : name)).concat(this.#paths);
  }
}

/** Returns where the bundled model's tokenizer is. */
function demoTokenizer(): string {
  return join(demoModelDirectory(), 'tokenizer.json');
}

async function describe(name: string): Promise<TokenizerParams> {
  const tokenizer: Tokenizer = await openTokenizer(name === DEMO ? demoTokenizer() : name);
  const { vocabSize, fingerprint } = tokenizer;
  tokenizer.close();
  return { name: name === DEMO ? DEMO : tokenizer.name, vocabSize, fingerprint };
}
