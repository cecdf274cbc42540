import { type RecordAnnotation, readJsonLines, scanRecords } from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { writeData } from '../output.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';
import { type PlanOptions, readingWishes } from './plan-options.ts';

/**
 * Scans standard input to standard output: JSON lines in, the same records in the same order out, each with a `countermark`
 * field. A line that is no JSON comes out as that field alone.
 *
 * p-values are each document's own: who has them all has to correct for their number.
 */
export async function scanStream(keys: readonly WatermarkKey[], options: PlanOptions): Promise<void> {
  const tokenizers =
    options.idsField === undefined ? await openTokenizersOf(keys, options.tokenizer ?? []) : [];
  try {
    const annotated = scanRecords(readJsonLines(process.stdin), keys, {
      tokenizers,
      wishes: readingWishes(options),
      normalization: options.normalize,
      ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
    });
    for await (const { record, annotation } of annotated) {
      await writeData(`${JSON.stringify(withField(record, annotation))}\n`);
    }
  } finally {
    closeTokenizers(tokenizers);
  }
}

function withField(record: unknown, countermark: RecordAnnotation): unknown {
  if (record === undefined) return { countermark };
  const isObject = typeof record === 'object' && record !== null && !Array.isArray(record);
  return isObject ? { ...record, countermark } : { record, countermark };
}
