import { decoysInWords } from '@countermark/detector/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** Renders where the key stands among keys that marked nothing. */
export function decoysSection({ decoys, decoyLog10PValues: values = [], served }: ModelAuditResult): string {
  if (decoys === undefined) {
    return `<section>
<h2>Control by random keys</h2>
<p class="alarm">None was asked for: nothing on this page shows that p-values are what they are said to be on these records.</p>
</section>
`;
  }
  const alarm = decoys.alarm
    ? `<p class="alarm">Alarm: ${decoys.belowOnePercent} of ${decoys.count} random keys have p ≤ 0.01 on these records, so no p-value of this page can be relied on.</p>\n`
    : '';
  const same = served === undefined ? '' : ' at the same contexts, with the same weights';
  return `<section>
<h2>Control by random keys</h2>
${alarm}<p>${decoys.count} random keys, which marked nothing, were tested on the same records${same}. If p-values came out too small here, theirs would too.</p>
<p>The key’s place among them has a ${decoysInWords(decoys)}. p-values of ${values.length} random keys at most: 0.5 in ${atMost(values, 0.5)}, 0.1 in ${atMost(values, 0.1)}, 0.01 in ${atMost(values, 0.01)}.</p>
<p class="note">They are drawn from the key and the records, by a seed that others can compute who have the key${decoys.seed === undefined ? '' : `: <span class="digest">${decoys.seed}</span>`}.</p>
</section>
`;
}

function atMost(log10PValues: readonly number[], level: number): number {
  return log10PValues.filter((log10) => log10 <= Math.log10(level)).length;
}
