import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { LlamaModel } from 'node-llama-cpp';
import { CommandError } from '../command-error.ts';
import { openNamedTokenizer, openTokenizersOf } from '../tokenizers.ts';
import { checkTokenizer, type OpenModel, type OpenModelOptions } from './model.ts';

// Text that tokenizers disagree on: white space, digits, capitals, accents, other scripts, an emoji, code.
const PROBE = 'The  quick—brown FOX’s 1234567 naïve café\n\n\tкириллица 漢字 🦊 if (x != null) { y += 0.5; }';

/**
 * Opens a GGUF file with llama.cpp.
 *
 * @throws {CommandError} if node-llama-cpp is not installed, the file cannot be loaded, or the tokenizer is not the model's.
 */
export async function openGgufModel(path: string, options: OpenModelOptions): Promise<OpenModel> {
  const { key, signal } = options;
  const engine = await import('node-llama-cpp').catch((cause: unknown) => {
    throw new CommandError('GGUF models need the optional package node-llama-cpp', undefined, { cause });
  });
  const tokenizer = await tokenizerOf(path, options);
  checkTokenizer(key, tokenizer);
  const faults: string[] = [];
  const llama = await engine
    .getLlama({
      build: 'never',
      skipDownload: true,
      logLevel: engine.LlamaLogLevel.error,
      logger: (_level, message) => faults.push(message.trim()),
      progressLogs: false,
    })
    .catch((cause: unknown) => {
      throw new CommandError(`llama.cpp cannot be started: ${reasonOf(cause)}`, undefined, { cause });
    });
  const model = await llama
    .loadModel({ modelPath: path, loadSignal: signal })
    .catch(async (cause: unknown) => {
      await llama.dispose();
      signal.throwIfAborted();
      const reason = faults[0] ?? reasonOf(cause);
      throw new CommandError(`${path}: cannot be loaded as a GGUF model: ${reason}`, undefined, { cause });
    });
  checkVocabulary(path, model, tokenizer, key?.params.tokenizer.name ?? tokenizer.name);
  // Its threads wait for each other at every layer, spinning: one without a core holds up all. The engine's own
  // default is at least four, whatever the cores; one core is left for everything else.
  const threads = Math.max(1, llama.cpuMathCores - 1);
  const context = await model.createContext({ threads, createSignal: signal });
  const { llamaLanguageModel } = await import('@countermark/watermark/integrations/node-llama-cpp');
  const { bos, eos } = model.tokens;
  return {
    model: llamaLanguageModel(model, context),
    tokenizer,
    promptPrefix: model.tokens.shouldPrependBosToken && bos !== null ? [bos] : [],
    startTokenId: bos ?? eos ?? undefined,
    stopTokenIds: eos === null ? [] : [eos],
    async close() {
      tokenizer.close();
      await context.dispose();
      await model.dispose();
      await llama.dispose();
    },
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

async function tokenizerOf(path: string, { key, tokenizers }: OpenModelOptions): Promise<Tokenizer> {
  if (key !== undefined) {
    const opened = await openTokenizersOf([key], tokenizers);
    return opened.find(({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint) as Tokenizer;
  }
  const [name] = tokenizers;
  if (name === undefined)
    throw new CommandError(`${path}: name its tokenizer with --tokenizer, or give a --key`);
  return openNamedTokenizer(name);
}

// A GGUF file carries a tokenizer of its own form; ours must read text as it does.
function checkVocabulary(path: string, model: LlamaModel, tokenizer: Tokenizer, name: string): void {
  const theirs = model.tokenize(PROBE, false);
  const ours = tokenizer.encode(PROBE);
  const same = theirs.length === ours.length && theirs.every((tokenId, i) => tokenId === ours[i]);
  const count = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  if (same && tokenizer.vocabSize <= count) return;
  throw new CommandError(
    `${path}: its vocabulary does not match tokenizer "${name}": the mark could not be read from its text`,
  );
}
