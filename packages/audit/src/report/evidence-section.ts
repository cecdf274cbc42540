import { curveSvg, factList, formatEValue, formatLevel, formatPValue } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';

const VERDICTS: Readonly<Record<ModelAuditResult['verdict'], string>> = {
  'trace-found': 'is rejected',
  'none-found': 'is not rejected',
  inconclusive: 'is not rejected, and too few contexts were counted to say more',
};

/** Renders the hypothesis, the test of it, and how the evidence grew. */
export function evidenceSection(result: ModelAuditResult): string {
  const { verdict, finding, alpha, log10PValue, log10EValue, log10LeastPValue, statistic } = result;
  const { minContexts, served } = result;
  const [key] = finding.keys;
  return `<section>
<h2>Hypothesis and test</h2>
<p class="verdict${verdict === 'trace-found' ? ' detected' : ''}">The null hypothesis, that ${finding.nullHypothesis}, ${VERDICTS[verdict]} at level ${formatLevel(alpha)}, with p = ${formatPValue(log10PValue, log10LeastPValue)}.</p>
${factList([
  ['p-value', `${formatPValue(log10PValue, log10LeastPValue)}, ${basisInWords(result)}`],
  [
    'e-value',
    `${formatEValue(log10EValue)}: ${served === undefined ? 'it stays valid whenever one stops to look' : 'of the whole audit, and of no part of it'}`,
  ],
  ['level', `${formatLevel(alpha)}, fixed beforehand`],
  ['least contexts', `${minContexts}, fixed beforehand; fewer are inconclusive`],
  [
    'least p-value',
    `${formatPValue(log10LeastPValue, -Infinity)}: the key has no more bits, and a smaller one says no more`,
  ],
  ['z-score', `${statistic.zScore.toFixed(2)}, for reading only: no decision rests on it`],
  ['key id', result.keyId],
  ['parameters', result.params],
  ...(key?.commitment === undefined ? [] : [['key’s commitment', key.commitment] as const]),
])}<p>${test(result)}</p>
${pathPart(result)}</section>
`;
}

function basisInWords({ basis }: ModelAuditResult): string {
  return basis === 'law'
    ? 'from the exact law of the weighted sum'
    : 'from the e-value: one over it, as no exact law is proven here';
}

function test({ access, served, basis }: ModelAuditResult): string {
  const weights =
    access === 'answers'
      ? 'Each word has the weight that the model gave it: its probability where the endpoint told it, else one for the word that was drawn.'
      : 'Each word has the probability that the model gave it while it read.';
  const only =
    served === undefined
      ? ''
      : ' Only contexts count at which the vendor’s model really wrote with this key: a set of them was made from its logs, which says nothing of what followed them.';
  return `A context is a run of tokens after which the key prefers some words. It counts once in the whole audit, and only where the model had not seen it in what it was given, so that it cannot copy what follows.${only} ${weights} Under the null hypothesis these weights do not depend on which words the key prefers${basis === 'law' ? ', and the sum of the weighted scores has a law that is known' : ' at that context'}. Proofs: section 19 of the project’s docs/statistics.md.`;
}

function pathPart({ path = [], alpha, served }: ModelAuditResult): string {
  if (path.length < 2) return '';
  const curve = path.map(({ tokens, log10EValue }) => ({ tokens, log10PValue: Math.min(0, -log10EValue) }));
  return `<h3>How the evidence grew</h3>
${curveSvg(curve, { alpha })}<p class="note">One over the e-value, after each of ${path.length} numbers of records in their order. ${served === undefined ? 'Unlike other p-values it may be looked at at any of these points, and stopping there would have been valid.' : 'Of served contexts only the last point has a bound; the others are for reading.'}</p>
`;
}
