import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

// Models that read images too have the text model's part by itself.
const Config = z.looseObject({
  vocab_size: z.int().min(2).optional(),
  text_config: z.looseObject({ vocab_size: z.int().min(2).optional() }).optional(),
});

/** How many logits a model has, and which file says so. */
export interface ModelVocabulary {
  readonly vocabSize: number;
  readonly path: string;
}

/**
 * Reads `vocab_size` from the `config.json` beside a tokenizer's file, or in its folder: a model has more logits than its tokenizer
 * has ids, where its matrices are padded.
 *
 * @param tokenizer `--tokenizer` value.
 * @returns undefined for a name of an encoding, and where there is no such file or it does not say.
 */
export function modelVocabulary(tokenizer: string): ModelVocabulary | undefined {
  if (!existsSync(tokenizer)) return undefined;
  const folder = statSync(tokenizer).isDirectory() ? tokenizer : dirname(tokenizer);
  const path = join(folder, 'config.json');
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = Config.safeParse(value);
  const vocabSize = parsed.data?.vocab_size ?? parsed.data?.text_config?.vocab_size;
  return vocabSize === undefined ? undefined : { vocabSize, path };
}
