import { dataTable, escapeName } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** Renders what was read, by digests that others can compute. */
export function inputsSection({ finding }: ModelAuditResult): string {
  if (finding.inputs.length === 0) return '';
  return `<section>
<h2>What was read</h2>
${dataTable({
  caption: 'Files by their SHA-256. Whoever has the same bytes and the key gets the same result.',
  headings: ['file', 'SHA-256'],
  rows: finding.inputs.map(({ name = '', sha256 }) => [
    { html: `<span class="name" dir="auto">${escapeName(name)}</span>` },
    { html: `<code>${sha256}</code>` },
  ]),
})}</section>
`;
}
