import { annotateLine, readJsonLines, scanRecords } from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { writeData } from '../output.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';
import { fileWishes, type PlanOptions } from './plan-options.ts';

/**
 * Scans standard input to standard output: JSON lines in, the same lines in the same order out, byte for byte, each with a
 * `countermark` field at its end. A line that is no JSON comes out as that field alone.
 *
 * p-values are each document's own: who has them all has to correct for their number.
 */
export async function scanStream(keys: readonly WatermarkKey[], options: PlanOptions): Promise<void> {
  const tokenizers =
    options.idsField === undefined ? await openTokenizersOf(keys, options.tokenizer ?? []) : [];
  try {
    const annotated = scanRecords(readJsonLines(process.stdin), keys, {
      tokenizers,
      wishes: fileWishes(options),
      normalization: options.normalize,
      ...(options.minTokens === undefined ? {} : { minTokens: options.minTokens }),
    });
    for await (const record of annotated) await writeData(`${annotateLine(record)}\n`);
  } finally {
    closeTokenizers(tokenizers);
  }
}
