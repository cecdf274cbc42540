import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { z } from 'zod';
import { about, CommandError } from '../command-error.ts';
import { readText } from '../read-input.ts';
import { checkTokenizer, type OpenModel, type OpenModelOptions } from './model.ts';

const tokenIds = z.union([z.int(), z.array(z.int())]).nullish();

const ModelConfig = z.looseObject({
  max_position_embeddings: z.int().positive().optional(),
  bos_token_id: z.int().nullish(),
  eos_token_id: tokenIds,
});

const TokenizerConfig = z.looseObject({ add_bos_token: z.boolean().optional() });

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
 * @throws {CommandError} if a file is missing or malformed, or the key belongs to another tokenizer.
 */
export async function openOnnxModel(directory: string, { key }: OpenModelOptions): Promise<OpenModel> {
  const graph = GRAPHS.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (graph === undefined) {
    throw new CommandError(`${directory}: holds no ONNX model; looked for ${GRAPHS.join(', ')}`);
  }
  const config = await readJson(join(directory, 'config.json'), ModelConfig);
  const tokenizerConfig = join(directory, 'tokenizer_config.json');
  const addsStart =
    existsSync(tokenizerConfig) && (await readJson(tokenizerConfig, TokenizerConfig)).add_bos_token === true;
  const tokenizer = await openTokenizer(join(directory, 'tokenizer.json'));
  checkTokenizer(key, tokenizer);
  const { loadOnnxModel } = await import('@countermark/watermark/integrations/onnxruntime');
  const contextLength = config.max_position_embeddings;
  const model = await about(directory, () =>
    loadOnnxModel(graph, contextLength === undefined ? {} : { contextLength }),
  );
  const start = config.bos_token_id ?? undefined;
  return {
    model,
    tokenizer,
    promptPrefix: addsStart && start !== undefined ? [start] : [],
    startTokenId: start,
    stopTokenIds: [config.eos_token_id ?? []].flat(),
    async close() {
      tokenizer.close();
      await model.close();
    },
  };
}

async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path}: not valid JSON`, undefined, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new CommandError(`${path}: ${faults.join('; ')}`);
}
