import { WatermarkError } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { createChatTemplate } from './chat-template.ts';
import {
  checkTokenizer,
  type LocalModel,
  type LocalModelOptions,
  type TokenizerSource,
} from './local-model.ts';

// Text that tokenizers disagree on: white space, digits, capitals, accents, other scripts, an emoji, code.
const PROBE = 'The  quick—brown FOX’s 1234567 naïve café\n\n\tкириллица 漢字 🦊 if (x != null) { y += 0.5; }';

/**
 * Opens a GGUF file with llama.cpp.
 *
 * @throws {WatermarkError} if node-llama-cpp is not installed, the file cannot be loaded, or no tokenizer is the model's.
 */
export async function openGgufModel(path: string, options: LocalModelOptions): Promise<LocalModel> {
  const { tokenizers, signal } = options;
  const engine = await import('node-llama-cpp').catch((cause: unknown) => {
    throw unreadable('GGUF models need the optional package node-llama-cpp', { cause });
  });
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
      throw unreadable(`llama.cpp cannot be started: ${reasonOf(cause)}`, { cause });
    });
  const model = await llama
    .loadModel({ modelPath: path, loadSignal: signal })
    .catch(async (cause: unknown) => {
      await llama.dispose();
      signal.throwIfAborted();
      const reason = faults[0] ?? reasonOf(cause);
      throw unreadable(`${path}: cannot be loaded as a GGUF model: ${reason}`, { cause });
    });
  try {
    return await withContext(llama, model, await findTokenizer(path, model, tokenizers), options);
  } catch (cause) {
    await model.dispose();
    await llama.dispose();
    throw cause;
  }
}

// Takes the tokenizer over: it is closed with the model, or where this throws.
async function withContext(
  llama: Llama,
  model: LlamaModel,
  tokenizer: Tokenizer,
  { key, signal }: LocalModelOptions,
): Promise<LocalModel> {
  try {
    checkTokenizer(key, tokenizer);
    // Its threads wait for each other at every layer, spinning: one without a core holds up all. The engine's own
    // default is at least four, whatever the cores; one core is left for everything else.
    const threads = Math.max(1, llama.cpuMathCores - 1);
    const context = await model.createContext({ threads, createSignal: signal });
    const { llamaLanguageModel } = await import('@countermark/watermark/integrations/node-llama-cpp');
    const { bos, eos, eot, bosString, eosString } = model.tokens;
    const { chat_template: template } = model.fileInfo.metadata.tokenizer;
    return {
      model: llamaLanguageModel(model, context),
      tokenizer,
      promptPrefix: model.tokens.shouldPrependBosToken && bos !== null ? [bos] : [],
      startTokenId: bos ?? eos ?? undefined,
      chat:
        template === undefined
          ? undefined
          : createChatTemplate(template, {
              tokenizer,
              specials: specialsOf(model),
              startToken: bosString ?? '',
              endToken: eosString ?? '',
            }),
      stopTokenIds: [...new Set([eos, eot].filter((token) => token !== null))],
      hasFailed: () => false,
      async close() {
        tokenizer.close();
        await context.dispose();
        await model.dispose();
        await llama.dispose();
      },
    };
  } catch (cause) {
    tokenizer.close();
    throw cause;
  }
}

// What llama.cpp calls a token that is never part of a text.
const CONTROL_TOKEN = 3;

function specialsOf(model: LlamaModel): ReadonlyMap<string, number> {
  const { tokens, token_type: types } = model.fileInfo.metadata.tokenizer.ggml;
  return new Map(
    tokens.flatMap((token, id): [string, number][] =>
      Number(types?.[id]) === CONTROL_TOKEN && token !== '' ? [[token, id]] : [],
    ),
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

// A GGUF file carries a tokenizer of its own form; ours must read text as it does.
async function findTokenizer(
  path: string,
  model: LlamaModel,
  tokenizers: readonly TokenizerSource[],
): Promise<Tokenizer> {
  for (const source of tokenizers) {
    const tokenizer = await source.open();
    let isTheModels = false;
    try {
      isTheModels = readsAlike(model, tokenizer);
      if (isTheModels) return tokenizer;
    } finally {
      if (!isTheModels) tokenizer.close();
    }
  }
  const names = tokenizers.map(({ name }) => `"${name}"`).join(', ');
  throw new WatermarkError(
    'tokenizer-mismatch',
    `${path}: its vocabulary does not match tokenizer ${names}: the mark could not be read from its text`,
  );
}

function readsAlike(model: LlamaModel, tokenizer: Tokenizer): boolean {
  if (tokenizer.vocabSize > model.fileInfo.metadata.tokenizer.ggml.tokens.length) return false;
  const theirs = model.tokenize(PROBE, false);
  const ours = tokenizer.encode(PROBE);
  return theirs.length === ours.length && theirs.every((tokenId, i) => tokenId === ours[i]);
}

function unreadable(message: string, options?: ErrorOptions): WatermarkError {
  return new WatermarkError('model-unreadable', message, options);
}
