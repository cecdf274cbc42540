import { annotateLine, readJsonLines, scanRecords } from '@countermark/corpus';
import { coverageInWords, type TextCoverage } from '@countermark/corpus/driver';
import type { WatermarkKey } from '@countermark/watermark';
import { counted } from '../counted.ts';
import { say, writeData } from '../output.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';
import { fileWishes, type PlanOptions } from './plan-options.ts';

/**
 * Scans standard input to standard output: JSON lines in, the same lines in the same order out, byte for byte, each with a
 * `countermark` field at its end. A line that is no JSON comes out as that field alone.
 *
 * At its end it says on standard error which share of the text was read, as a scan of files does.
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
    for (;;) {
      const next = await annotated.next();
      if (next.done) {
        sayCoverage(next.value);
        return;
      }
      await writeData(`${annotateLine(next.value)}\n`);
    }
  } finally {
    closeTokenizers(tokenizers);
  }
}

function sayCoverage(coverage: TextCoverage | undefined): void {
  // Of token ids alone there is no text to speak of.
  if (coverage === undefined || coverage.characters === 0) return;
  say(coverageInWords(coverage));
  const { emptyDocuments: empty } = coverage;
  if (empty > 0) say(`${counted(empty, 'document has', 'documents have')} no text at all`);
}
