import type { TokenProbabilities } from '@countermark/detector';
import { type MarkKey, WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Command } from 'commander';
import { about, CommandError, checkingValues } from './command-error.ts';
import { interruptible } from './interrupt.ts';
import { openProxy } from './proxy.ts';
import { type InputDocument, readProbabilities } from './read-documents.ts';

/** Where the probabilities of tokens come from. */
export interface ProbabilityOptions {
  readonly probabilities?: string;
  readonly proxy?: string;
  readonly proxyTokenizer?: string;
  readonly tokenizer?: readonly string[];
}

/** Adds the options to a command. */
export function addProbabilityOptions(command: Command): Command {
  return command
    .option('--probabilities <file>', "probability of each token before the mark, from the vendor's log")
    .option(
      '--proxy <model>',
      'weigh tokens by what demo, a model directory, a .gguf or an .ngrams file expects',
    )
    .option('--proxy-tokenizer <path>', "tokenizer.json of a .gguf proxy, if it is not the key's");
}

/**
 * Finds the probabilities of every document's tokens.
 *
 * @param documents  the documents.
 * @param options    the command's options.
 * @param keys       the keys, which need to have one tokenizer.
 * @param tokenizers open tokenizers; the keys' is among them if there is a proxy.
 * @param tokenize   returns the tokens that a document is tested by.
 * @returns one entry for each document, or undefined if nothing was asked for.
 * @throws {CommandError} if the options contradict each other, or a file or model cannot be used.
 */
export async function findProbabilities(
  documents: readonly InputDocument[],
  options: ProbabilityOptions,
  keys: readonly MarkKey[],
  tokenizers: readonly Tokenizer[],
  tokenize: (document: InputDocument['content']) => Uint32Array,
): Promise<readonly TokenProbabilities[] | undefined> {
  const { probabilities, proxy, proxyTokenizer } = options;
  if (probabilities !== undefined && proxy !== undefined) {
    throw new CommandError('give either --probabilities or --proxy');
  }
  if (proxyTokenizer !== undefined && proxy?.endsWith('.gguf') !== true) {
    throw new CommandError('--proxy-tokenizer belongs to a .gguf file as --proxy');
  }
  const other = keys.map(({ markName }) => markName).find((kind) => kind !== 'gumbel');
  if ((probabilities ?? proxy) !== undefined && other !== undefined) {
    throw new CommandError(
      `--${proxy === undefined ? 'probabilities' : 'proxy'} is for gumbel keys, not ${other}`,
    );
  }
  if (probabilities !== undefined) {
    const lists = await readProbabilities(probabilities);
    if (lists.length === documents.length) return lists.map((values) => ({ values, source: 'known' }));
    throw new CommandError(
      `${probabilities}: has probabilities for ${lists.length} documents, not ${documents.length}`,
    );
  }
  if (proxy === undefined) return undefined;
  const [key] = keys;
  const tokenizer = tokenizers.find(({ fingerprint }) => fingerprint === key?.params.tokenizer.fingerprint);
  if (key === undefined || tokenizer === undefined || !(key instanceof WatermarkKey))
    throw new CommandError('--proxy needs the tokenizer of the key');
  return interruptible(async (signal) => {
    const opened = await openProxy(proxy, {
      key,
      tokenizer,
      tokenizerPaths: options.tokenizer ?? [],
      ownTokenizerPath: proxyTokenizer,
      signal,
    });
    try {
      const found: TokenProbabilities[] = [];
      for (const { name, content } of documents) {
        const tokenIds = await about(name, () => tokenize(content));
        const values = await about(name, () => checkingValues(() => opened.probabilities(tokenIds, signal)));
        found.push({ values, source: 'proxy' });
      }
      return found;
    } finally {
      await opened.close();
    }
  });
}
