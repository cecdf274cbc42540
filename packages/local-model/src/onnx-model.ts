import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LanguageModel, WatermarkError } from '@countermark/watermark';
import { decodeUtf8, openTokenizer } from '@countermark/watermark/tokenizer';
import { z } from 'zod';
import { checkTokenizer, type LocalModel, type LocalModelOptions } from './local-model.ts';
import { loadThreadedModel } from './threaded-model.ts';

const tokenIds = z.union([z.int(), z.array(z.int())]).nullish();

const ModelConfig = z.looseObject({
  max_position_embeddings: z.int().positive().optional(),
  bos_token_id: z.int().nullish(),
  eos_token_id: tokenIds,
});

const TokenizerConfig = z.looseObject({ add_bos_token: z.boolean().optional() });

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
  const tokenizerConfig = join(directory, 'tokenizer_config.json');
  const addsStart =
    existsSync(tokenizerConfig) && (await readJson(tokenizerConfig, TokenizerConfig)).add_bos_token === true;
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
    stopTokenIds: [config.eos_token_id ?? []].flat(),
    hasFailed: () => model.hasFailed?.() === true,
    async close() {
      tokenizer.close();
      await model.close();
    },
  };
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
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
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
