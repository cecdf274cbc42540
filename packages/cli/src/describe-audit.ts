import type {
  EndpointAuditResult,
  EndpointReport,
  MappingCounts,
  ModelAuditResult,
} from '@countermark/audit';
import { formatLog10, formatPValue, formatShare } from '@countermark/report';
import type { FilesAuditResult } from './audit/audit-files.ts';
import { describeDecoys } from './describe-decoys.ts';
import { oneLine } from './output.ts';

/** What a result says, by verdict. */
const VERDICTS: Readonly<Record<ModelAuditResult['verdict'], string>> = {
  'trace-found':
    'trace found: the model, or something that it was made from, had marked text of this key, or the key',
  'none-found': 'no trace found at this level',
  inconclusive: 'inconclusive: too few contexts were counted',
};

/** Describes an audit in a few lines for people. */
export function describeAudit(
  result: ModelAuditResult & Partial<EndpointAuditResult> & Pick<FilesAuditResult, 'mapping'>,
): string {
  const { verdict, access, basis, log10PValue, log10EValue, alpha, counts, strength } = result;
  const { log10BudgetPValue: atBudget, endpoint, terms, served, groups } = result;
  const by = basis === 'law' ? '' : ', from the e-value';
  const what = access === 'answers' ? 'answers' : 'texts read';
  const lines = [
    VERDICTS[verdict],
    `  p-value  ${formatPValue(log10PValue)} (log10 ${formatLog10(log10PValue, 2)})${by}; level ${alpha}`,
    `  e-value  10^${formatLog10(log10EValue, 2)}; ${served === undefined ? 'it may be looked at at any time' : 'of the whole audit: it says nothing before the end'}`,
    `  counted  ${counts.words} words in ${counts.contexts} contexts, of ${counts.tokens} tokens in ${counts.records} ${what}`,
    `  not      ${counts.seen} seen before, ${counts.otherSlots} in other slots, ${counts.withoutContext} without a context, ${counts.unpredicted} without predictions`,
    `  records  ${counts.repeated} repeated, ${counts.empty} empty, ${counts.copied} copied from what was given`,
  ];
  if (atBudget !== undefined) {
    lines.push(`  budget   p-value ${formatPValue(atBudget)} of all that was fixed; no verdict rests on it`);
  }
  if (endpoint !== undefined) lines.push(...describeEndpoint(endpoint));
  const mapping = endpoint?.mapping ?? result.mapping;
  if (mapping !== undefined && mapping.lists > 0) lines.push(`  lists    ${mappingInWords(mapping)}`);
  if (served !== undefined) lines.push(...servedInWords(served, counts.notServed));
  if (counts.shownLater > 0)
    lines.push(`  prompts  hold ${counts.shownLater} contexts that had been counted, so no exact law holds`);
  if (strength !== undefined) lines.push(`  trace    ${strengthInWords(strength)}`);
  if (groups !== undefined) lines.push(...groupsInWords(groups));
  if (result.decoys !== undefined) lines.push(`  decoys   ${describeDecoys(result.decoys)}`);
  lines.push(`  key      ${result.keyId}`);
  if (result.leads !== undefined) lines.push(...leadsInWords(result.leads));
  if (terms !== undefined) lines.push(`  terms    ${terms}, fixed beforehand`);
  return lines.join('\n');
}

const ENDS: Readonly<Record<EndpointReport['ended'], string>> = {
  complete: 'all was answered',
  budget: 'the budget was spent',
  'e-value': 'stopped by the e-value',
};

function describeEndpoint(report: EndpointReport): string[] {
  const { address, model, ended, answers, givenUp, unused, refusals, cut, spent, models } = report;
  const { requests, input, output, cost } = spent;
  const money = cost === undefined ? '' : `, ${cost.toPrecision(4)} by the prices given`;
  const named = Object.entries(models).map(([name, count]) => `${name} (${count})`);
  return [
    `  endpoint ${model} at ${address}: ${ENDS[ended]}`,
    `  answers  ${answers}, with ${refusals} refusals and ${cut} cut at the most tokens; ${givenUp} given up, ${unused} unused`,
    `  spent    ${requests} requests, ${input} tokens read and ${output} written${money}`,
    ...(named.length === 0 ? [] : [`  models   ${named.join(', ')}`]),
  ];
}

function mappingInWords({ listedMass, mappedMass, broken }: MappingCounts): string {
  const lost = listedMass === 0 ? 0 : 1 - mappedMass / listedMass;
  return `${(100 * lost).toFixed(1)} % of their probability has no token of the key's; ${broken} broken`;
}

function strengthInWords({ atLeast, findable }: NonNullable<ModelAuditResult['strength']>): string {
  const found =
    findable === undefined
      ? 'none could have been found at this level'
      : `one of ${findable.toPrecision(2)} would have been found in 95 of 100 such audits`;
  return `a token drawn scores at least ${atLeast.toPrecision(2)} standard deviations more than by chance (95 % confidence); ${found}`;
}

function servedInWords(
  { contexts, answers, texts, failed }: NonNullable<ModelAuditResult['served']>,
  notServed: number,
): string[] {
  const lines = [
    `  served   only contexts of ${answers} served answers count, ${contexts} in all; ${notServed} of the model's are none of them`,
  ];
  if (texts > 0)
    lines.push(
      `           ${texts} of these answers were read as texts: docs/radioactivity.md says what that costs`,
    );
  if (failed > 0) lines.push(`           ${failed} of their records could not be read`);
  return lines;
}

/** Groups that are listed beside those that are named. */
const SHOWN_GROUPS = 3;

function groupsInWords({ tested, named, ranked }: NonNullable<ModelAuditResult['groups']>): string[] {
  const shown = ranked.slice(0, Math.max(named, SHOWN_GROUPS));
  return [
    `  groups   ${named === 0 ? 'none' : named} of ${tested} named, corrected for all of them`,
    ...shown.map(
      (group) =>
        `           ${group.named ? 'NAMED' : 'not named'}: ${oneLine(group.name)}, corrected p ${formatPValue(group.log10Corrected)}, ${group.contexts} contexts`,
    ),
  ];
}

function leadsInWords({ answers, identity }: NonNullable<ModelAuditResult['leads']>): string[] {
  const vendors = identity.vendors.map(
    ({ assistant, answers: own, low, high }) =>
      `${assistant} ${own} (${formatShare(low)} to ${formatShare(high)} of the answers, 95 %)`,
  );
  const claims = vendors.length === 0 ? '' : `: ${vendors.join(', ')}`;
  return [
    `leads, not evidence: ${identity.claiming} of ${answers} answers ${identity.claiming === 1 ? 'claims' : 'claim'} to be some vendor's assistant${claims}`,
  ];
}
