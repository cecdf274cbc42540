import { ContextCollector, ContextSet } from '@countermark/audit';
import type { WatermarkKey } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';

/**
 * Collects the contexts that a vendor served, as `countermark contexts build` does.
 *
 * @param groupOf names whom the answer of a number was served to; without it, contexts are not told apart by group.
 */
export function servedSet(
  key: WatermarkKey,
  answers: readonly PromptedAnswer[],
  groupOf?: (answer: number) => string,
): ContextSet {
  const collector = new ContextCollector(key, { byGroup: groupOf !== undefined });
  for (const [i, { answer }] of answers.entries()) {
    const group = groupOf?.(i);
    collector.add({ segments: [answer], isText: false, ...(group === undefined ? {} : { group }) });
  }
  const bytes = collector.format();
  collector.close();
  return ContextSet.parse([bytes]);
}
