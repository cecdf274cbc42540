import { factList } from '@countermark/report';
import type { EndpointReport } from '../endpoint/endpoint-report.ts';
import type { ModelAuditResult } from '../result/audit-result.ts';

/** A result as a page is made of it: of records, or of an endpoint that was asked. */
export type ReportedAudit = ModelAuditResult & {
  readonly endpoint?: EndpointReport;
  /** Digest of what was fixed beforehand. */
  readonly terms?: string;
};

const ENDS: Readonly<Record<EndpointReport['ended'], string>> = {
  complete: 'all that was fixed beforehand was asked',
  budget: 'the budget that was fixed beforehand was spent',
  'e-value': 'the e-value reached the level, as was fixed beforehand',
};

/** Renders who was asked, and what became of the questions; nothing of records that somebody else collected. */
export function endpointSection({ endpoint, terms }: ReportedAudit): string {
  if (endpoint === undefined) return '';
  const { address, model, ended, answers, givenUp, unused, refusals, cut, spent, models } = endpoint;
  const named = Object.entries(models).map(([name, count]) => `${name} (${count})`);
  return `<section>
<h2>Who was asked</h2>
${factList([
  ['model', model],
  ['endpoint', address],
  ...(named.length === 0 ? [] : [['as the answers name it', named.join(', ')] as const]),
  ['end', ENDS[ended]],
  ['answers', `${answers}, of which ${refusals} refused and ${cut} ended at the most tokens`],
  ['not had', `${givenUp} given up, ${unused} behind the end`],
  ['spent', `${spent.requests} requests, ${spent.input} tokens read and ${spent.output} written`],
  ...(terms === undefined ? [] : [['digest of what was fixed beforehand', terms] as const]),
])}</section>
`;
}
