import { shownMeasures } from '@countermark/hints';
import { countOf, dataTable, escapeName, factList, formatCount, formatShare } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** Renders what may be worth a look, apart from all that is evidence. */
export function leadsSection({ leads }: ModelAuditResult): string {
  if (leads === undefined) return '';
  const { answers, identity, diversity } = leads;
  const { claiming, denying, vendors, examples } = identity;
  return `<section class="aside">
<h2>Leads, not evidence</h2>
<p><strong>Nothing in this box proves anything, and none of it is part of any p-value on this page.</strong> It may say where to look next. A model says what it was taught to say.</p>
<h3>Who the model says it is</h3>
<p>${countOf(claiming, 'answer')} of ${formatCount(answers)} ${claiming === 1 ? 'claims' : 'claim'} in the first person to be some vendor’s assistant, and ${formatCount(denying)} ${denying === 1 ? 'denies' : 'deny'} to be one.</p>
${
  vendors.length === 0
    ? ''
    : dataTable({
        caption:
          'Claims by vendor, as a share of the answers, with intervals of 95 % where answers are independent of each other.',
        headings: ['vendor', 'answers', 'share', 'from', 'to'],
        rows: vendors.map(({ assistant, answers: own, share, low, high }) => [
          { html: escapeName(assistant) },
          { text: formatCount(own), value: own },
          { text: formatShare(share), value: share },
          { text: formatShare(low), value: low },
          { text: formatShare(high), value: high },
        ]),
      })
}${
  examples.length === 0
    ? ''
    : dataTable({
        caption: 'Examples, chosen by hash.',
        headings: ['vendor', 'language', 'text around the claim'],
        rows: examples.map(({ assistant, language, snippet }) => [
          { html: escapeName(assistant) },
          { html: escapeName(language) },
          { html: `<span class="name" dir="auto">${escapeName(snippet)}</span>` },
        ]),
      })
}<h3>How varied its answers are</h3>
${factList(shownMeasures(diversity, 'answers').map(({ name, text }) => [name, text]))}<p class="note">Of different answers, each once. Compare with answers of other models to the same prompts: other subjects and lengths have other values.</p>
</section>
`;
}
