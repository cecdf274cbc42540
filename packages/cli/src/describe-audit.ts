import type { ModelAuditResult } from '@countermark/audit';
import { formatLog10, formatPValue, formatShare } from '@countermark/report';
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
export function describeAudit(result: ModelAuditResult): string {
  const { verdict, access, basis, log10PValue, log10EValue, alpha, counts, strength } = result;
  const by = basis === 'law' ? '' : ', from the e-value';
  const what = access === 'answers' ? 'answers' : 'texts read';
  const lines = [
    VERDICTS[verdict],
    `  p-value  ${formatPValue(log10PValue)} (log10 ${formatLog10(log10PValue, 2)})${by}; level ${alpha}`,
    `  e-value  10^${formatLog10(log10EValue, 2)}; it may be looked at at any time`,
    `  counted  ${counts.words} words in ${counts.contexts} contexts, of ${counts.tokens} tokens in ${counts.records} ${what}`,
    `  not      ${counts.seen} seen before, ${counts.otherSlots} in other slots, ${counts.withoutContext} without a context, ${counts.unpredicted} without predictions`,
    `  records  ${counts.repeated} repeated, ${counts.empty} empty`,
  ];
  const { served, groups } = result;
  if (served !== undefined) lines.push(...servedInWords(served, counts.notServed));
  if (counts.shownLater > 0)
    lines.push(`  prompts  hold ${counts.shownLater} contexts that had been counted, so no exact law holds`);
  if (strength !== undefined) lines.push(`  trace    ${strengthInWords(strength)}`);
  if (groups !== undefined) lines.push(...groupsInWords(groups));
  if (result.decoys !== undefined) lines.push(`  decoys   ${describeDecoys(result.decoys)}`);
  lines.push(`  key      ${result.keyId}`);
  if (result.leads !== undefined) lines.push(...leadsInWords(result.leads));
  return lines.join('\n');
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
