import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultInWords, type LanguageModel, WatermarkError } from '@countermark/watermark';
import { decodeUtf8, openTokenizer } from '@countermark/watermark/tokenizer';
import { z } from 'zod';
import { createChatTemplate } from './chat-template.ts';
import { checkTokenizer, type LocalModel, type LocalModelOptions } from './local-model.ts';
import { loadThreadedModel } from './threaded-model.ts';

const tokenIds = z.union([z.int(), z.array(z.int())]).nullish();

const ModelConfig = z.looseObject({
  max_position_embeddings: z.int().positive().optional(),
  bos_token_id: z.int().nullish(),
  eos_token_id: tokenIds,
});

const GenerationConfig = z.looseObject({ eos_token_id: tokenIds });

const Template = z.string();
const NamedTemplate = z.looseObject({ name: z.string(), template: Template });

const TokenizerConfig = z.looseObject({
  add_bos_token: z.boolean().optional(),
  bos_token: z.unknown(),
  eos_token: z.unknown(),
  chat_template: z.union([Template, z.array(NamedTemplate)]).nullish(),
});

const TokenizerFile = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.int(), content: z.string().min(1), special: z.boolean().optional() }))
    .default([]),
});

/** A graph, on this thread or on one of its own. */
type LoadedModel = LanguageModel & { hasFailed?(): boolean; close(): Promise<void> };

// Where exports put the graph, in the order tried.
const GRAPHS = [
  'onnx/model.onnx',
  'model.onnx',
  'onnx/model_fp16.onnx',
  'onnx/model_quantized.onnx',
  'onnx/model_q4.onnx',
];

/**
 * Opens a directory as Hugging Face lays it out: config.json, tokenizer.json and a graph under onnx/.
 *
 * @throws {WatermarkError} if a file is missing or malformed, or the key belongs to another tokenizer.
 */
export async function openOnnxModel(
  directory: string,
  { key, thread = false }: LocalModelOptions,
): Promise<LocalModel> {
  const graph = GRAPHS.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (graph === undefined) {
    throw unreadable(`${directory}: holds no ONNX model; looked for ${GRAPHS.join(', ')}`);
  }
  const config = await readJson(join(directory, 'config.json'), ModelConfig);
  const tokenizerConfig = await readIfThere(join(directory, 'tokenizer_config.json'), TokenizerConfig);
  const generationConfig = await readIfThere(join(directory, 'generation_config.json'), GenerationConfig);
  const template = await readTemplate(directory, tokenizerConfig);
  const specials = template === undefined ? new Map() : await readSpecials(directory);
  const addsStart = tokenizerConfig?.add_bos_token === true;
  const tokenizer = await openTokenizer(join(directory, 'tokenizer.json'));
  const { max_position_embeddings: contextLength } = config;
  const load = async (): Promise<LoadedModel> => {
    checkTokenizer(key, tokenizer);
    const { loadOnnxModel } = await import('@countermark/watermark/integrations/onnxruntime').catch(
      (cause: unknown) => {
        throw unreadable('ONNX models need the optional package onnxruntime-node', { cause });
      },
    );
    return about<LoadedModel>(directory, () =>
      (thread ? loadThreadedModel : loadOnnxModel)(
        graph,
        contextLength === undefined ? {} : { contextLength },
      ),
    );
  };
  const model = await load().catch((cause: unknown) => {
    tokenizer.close();
    throw cause;
  });
  const start = config.bos_token_id ?? undefined;
  return {
    model,
    tokenizer,
    promptPrefix: addsStart && start !== undefined ? [start] : [],
    startTokenId: start,
    chat:
      template === undefined
        ? undefined
        : createChatTemplate(template, {
            tokenizer,
            specials,
            startToken: tokenText(tokenizerConfig?.bos_token),
            endToken: tokenText(tokenizerConfig?.eos_token),
          }),
    // A chat model's turns often end by another token than its texts, which is named beside the sampling.
    stopTokenIds: [...new Set([config.eos_token_id ?? [], generationConfig?.eos_token_id ?? []].flat())],
    hasFailed: () => model.hasFailed?.() === true,
    async close() {
      tokenizer.close();
      await model.close();
    },
  };
}

async function readTemplate(
  directory: string,
  config: z.output<typeof TokenizerConfig> | undefined,
): Promise<string | undefined> {
  const file = join(directory, 'chat_template.jinja');
  if (existsSync(file)) return decodeUtf8(await readFile(file));
  const { chat_template: templates } = config ?? {};
  if (!Array.isArray(templates)) return templates ?? undefined;
  return (templates.find(({ name }) => name === 'default') ?? templates[0])?.template;
}

async function readSpecials(directory: string): Promise<ReadonlyMap<string, number>> {
  const { added_tokens } = await readJson(join(directory, 'tokenizer.json'), TokenizerFile);
  return new Map(
    added_tokens.flatMap(({ id, content, special }) => (special === true ? [[content, id]] : [])),
  );
}

/** Of a token as tokenizer_config.json has it: its text, or an object with that. */
function tokenText(token: unknown): string {
  if (typeof token === 'string') return token;
  const { content } = z
    .looseObject({ content: z.string().default('') })
    .catch({ content: '' })
    .parse(token);
  return content;
}

async function readIfThere<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
  return existsSync(path) ? readJson(path, schema) : undefined;
}

async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  const text = await about(path, async () => decodeUtf8(await readFile(path)));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${path}: not valid JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${faultInWords(issue)}`);
  throw unreadable(`${path}: ${faults.join('; ')}`);
}

/** Adds what was being read to a failure that says only what was wrong with it. */
async function about<T>(subject: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof WatermarkError)) throw cause;
    throw new WatermarkError(cause.code, `${subject}: ${cause.message}`, { cause });
  }
}

function unreadable(message: string, options?: ErrorOptions): WatermarkError {
  return new WatermarkError('model-unreadable', message, options);
}
