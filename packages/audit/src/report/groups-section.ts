import {
  type Cell,
  dataTable,
  escapeName,
  formatCount,
  formatEValue,
  formatLevel,
  formatPValue,
} from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** Renders which groups' answers reached the model. */
export function groupsSection({ groups, alpha, served }: ModelAuditResult): string {
  if (groups === undefined) return '';
  const { tested, named, ranked } = groups;
  const verdict =
    named === 0
      ? `No group is named at level ${formatLevel(alpha)}`
      : `${named === 1 ? 'One group is' : `${formatCount(named)} groups are`} named at level ${formatLevel(alpha)}`;
  const failed = served?.failed ?? 0;
  const caution =
    failed === 0
      ? ''
      : `<p class="alarm">${formatCount(failed)} records of the logs could not be read. What they hold may have been given to others than it seems.</p>\n`;
  return `<section>
<h2>Whose answers</h2>
<p class="verdict${named > 0 ? ' named' : ''}">${verdict}: the null hypothesis, that whatever the model was made from depends on no word of a context that was served to this group and to nobody else, is rejected for ${named === 0 ? 'none' : 'each of these'}, corrected for all ${formatCount(tested)} groups of the logs (Holm).</p>
${caution}${dataTable({
  caption:
    'Groups by their evidence, from contexts that only this group was given. A group that is not named is not cleared.',
  headings: ['group', 'verdict', 'corrected p', 'e-value', 'contexts'],
  rows: ranked.map(({ name, named: isNamed, log10Corrected, log10EValue, contexts }): Cell[] => [
    { html: `<span class="name" dir="auto">${escapeName(name)}</span>` },
    { html: isNamed ? 'named' : 'not named' },
    { text: formatPValue(log10Corrected), value: log10Corrected },
    { text: formatEValue(log10EValue), value: log10EValue },
    { text: formatCount(contexts), value: contexts },
  ]),
  left: tested - ranked.length,
})}<p class="note">The level bounds the probability that any group is named whose answers the model did not learn from, if the logs hold every answer that was served to anybody. A name says whose answers reached the model. It does not say who brought them there: answers are published, bought and stolen.</p>
</section>
`;
}
