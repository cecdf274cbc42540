import { factList, formatCount } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** Renders what became of everything that was read. */
export function countsSection({ access, counts, served }: ModelAuditResult): string {
  const {
    records,
    repeated,
    empty,
    tokens,
    contexts,
    words,
    withoutContext,
    otherSlots,
    seen,
    notServed,
    unpredicted,
    shownLater,
  } = counts;
  const n = formatCount;
  const late =
    shownLater === 0
      ? ''
      : `<p class="alarm">${n(shownLater)} contexts had been counted before a prompt that holds them was known, so no exact law holds and the p-value is that of the e-value.</p>\n`;
  const texts =
    served === undefined || served.texts === 0
      ? ''
      : `<p class="alarm">${n(served.texts)} of ${n(served.answers)} served answers were given as texts and not as token ids. Which of their contexts are found depends a little on what followed them, so a p-value near the level should not be leant on.</p>\n`;
  return `<section>
<h2>What was counted</h2>
${late}${texts}${factList([
  [
    access === 'answers' ? 'answers' : 'texts',
    `${n(records)}, of which ${n(repeated)} repeat an earlier one and ${n(empty)} are empty: these are not read`,
  ],
  ['tokens', n(tokens)],
  ['contexts counted', `${n(contexts)}, each once, with ${n(words)} weighted words`],
  ['seen before', `${n(seen)} positions: in a prompt, in the same record, or counted already`],
  ...(served === undefined
    ? []
    : [
        ['not served', `${n(notServed)} positions with contexts that are not in the set`] as const,
        [
          'set of served contexts',
          `${n(served.contexts)} of ${n(served.answers)} answers; ${served.bits} bits of each are kept, so that one that was not served is taken for served with probability ${served.falsePositiveRate.toPrecision(2)}, which costs power and not validity`,
        ] as const,
      ]),
  ['in other slots', `${n(otherSlots)} positions that carry no common mark`],
  ['without a context', `${n(withoutContext)} positions at the beginning`],
  ['without predictions', `${n(unpredicted)} positions`],
])}</section>
`;
}
