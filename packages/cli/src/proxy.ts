import { readFile } from 'node:fs/promises';
import { alignProbabilities, parseNgramFile } from '@countermark/detector/weights';
import { tokenProbabilities, type WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { about, CommandError } from './command-error.ts';
import { openModel } from './open-model.ts';
import { openNamedTokenizer } from './tokenizers.ts';

/** Something that guesses how likely tokens are, and knows nothing of any key. */
export interface Proxy {
  /**
   * Computes how likely each token of a document is after those before it, 0 … 1.
   *
   * @param tokenIds Uint32Array `[n]`, of the key's tokenizer.
   */
  probabilities(tokenIds: Uint32Array, signal: AbortSignal): Promise<Float64Array>;
  close(): Promise<void>;
}

/** What {@link openProxy} is told beside the proxy's name. */
export interface ProxyOptions {
  /** The key whose tokenizer documents are read by. */
  readonly key: WatermarkKey;
  /** That tokenizer. Not closed. */
  readonly tokenizer: Tokenizer;
  /** `--tokenizer` values, for a `.gguf` file with the key's tokenizer. */
  readonly tokenizerPaths: readonly string[];
  /** The tokenizer of a `.gguf` file, if it is not the key's. */
  readonly ownTokenizerPath: string | undefined;
  readonly signal: AbortSignal;
}

/** A proxy by its own tokens. */
interface OwnTokens {
  /** Undefined if its tokens are the key's. */
  readonly tokenizer: Tokenizer | undefined;
  read(tokenIds: Uint32Array, signal: AbortSignal): Promise<Float64Array>;
  close(): Promise<void>;
}

/**
 * Opens the proxy that a `--proxy` value names: a file of n-grams, or what `--model` of `generate` takes.
 *
 * @throws {CommandError} if there is none, or its tokens cannot be compared with the key's.
 */
export async function openProxy(name: string, options: ProxyOptions): Promise<Proxy> {
  const own = name.endsWith('.ngrams')
    ? await openNgrams(name, options.key)
    : await openLanguageModel(name, options);
  const theirs = own.tokenizer;
  return {
    probabilities: (tokenIds, signal) =>
      theirs === undefined
        ? own.read(tokenIds, signal)
        : readAligned(own, theirs, options.tokenizer, tokenIds, signal),
    close: () => own.close(),
  };
}

async function openNgrams(path: string, key: WatermarkKey): Promise<OwnTokens> {
  const { model, tokenizer } = await about(path, async () => parseNgramFile(await readFile(path)));
  const same = tokenizer.fingerprint === key.params.tokenizer.fingerprint;
  const opened = same ? undefined : await openNamedTokenizer(tokenizer.name);
  if (opened !== undefined && opened.fingerprint !== tokenizer.fingerprint) {
    opened.close();
    throw new CommandError(
      `${path}: was counted with another tokenizer than the one called "${tokenizer.name}" here`,
    );
  }
  return {
    tokenizer: opened,
    read: async (tokenIds) => model.probabilities(tokenIds),
    async close() {
      opened?.close();
    },
  };
}

async function openLanguageModel(
  name: string,
  { key, tokenizerPaths, ownTokenizerPath, signal }: ProxyOptions,
): Promise<OwnTokens> {
  // A .gguf file carries no tokenizer.json: it is taken for the key's, and checked, unless another is named.
  const takesKeys = name.endsWith('.gguf') && ownTokenizerPath === undefined;
  const open = await openModel(name, {
    tokenizers: ownTokenizerPath === undefined ? tokenizerPaths : [ownTokenizerPath],
    signal,
    ...(takesKeys ? { key } : {}),
  });
  const { model, tokenizer, promptPrefix, startTokenId } = open;
  return {
    tokenizer: tokenizer.fingerprint === key.params.tokenizer.fingerprint ? undefined : tokenizer,
    async read(tokenIds, stop) {
      if (tokenIds.length === 0) return new Float64Array(0);
      const start = promptPrefix.length > 0 ? promptPrefix : startTokenId === undefined ? [] : [startTokenId];
      if (start.length > 0) {
        return tokenProbabilities(model, tokenIds, { prompt: Uint32Array.from(start), signal: stop });
      }
      // Nothing is known of the first token.
      const prompt = tokenIds.subarray(0, 1);
      const rest = await tokenProbabilities(model, tokenIds.subarray(1), { prompt, signal: stop });
      const probabilities = new Float64Array(tokenIds.length).fill(1);
      probabilities.set(rest, 1);
      return probabilities;
    },
    close: () => open.close(),
  };
}

async function readAligned(
  own: OwnTokens,
  theirs: Tokenizer,
  tokenizer: Tokenizer,
  tokenIds: Uint32Array,
  signal: AbortSignal,
): Promise<Float64Array> {
  const text = tokenizer.decode(tokenIds);
  const ids = theirs.encode(text);
  const probabilities = await own.read(ids, signal);
  return alignProbabilities(probabilities, theirs.byteOffsets(ids, text), tokenizer.byteOffsets(tokenIds));
}
