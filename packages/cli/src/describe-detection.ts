import { type Detection, type Region, testedTuples } from '@countermark/detector';
import { basisInWords, leastInWords, remedyInWords } from '@countermark/detector/report';
import { formatLog10, formatPValue } from '@countermark/report';
import { describeDecoys } from './describe-decoys.ts';
import { oneLine } from './output.ts';

/** Describes a detection in a few lines for people. */
export function describeDetection(name: string, detection: Detection): string {
  const { verdict, log10PValue, log10QValue, scored, total, duplicates, alpha, tests, unkeyed } = detection;
  const byRank = detection.basis === 'rank' ? ' (by the rank of the key among random ones)' : '';
  const reason = verdict === 'inconclusive' ? ` (${whyInconclusive(detection)})` : byRank;
  const changes = detection.normalization.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
  const lines = [
    `${oneLine(name)}: ${verdict}${reason}`,
    `  p-value  ${formatPValue(log10PValue)} (log10 ${formatLog10(log10PValue, 2)}), level ${alpha}${tests > 1 ? `, corrected for ${tests} tests` : ''}`,
  ];
  if (log10QValue !== undefined) lines.push(`  q-value  ${formatPValue(log10QValue)} over the documents`);
  if (detection.weighted !== undefined) {
    const { source, weighed, log10PlainPValue } = detection.weighted;
    lines.push(
      `  weights  ${weighed} tokens, by ${source} probabilities; without them p = ${formatPValue(log10PlainPValue)}`,
    );
  }
  if (detection.accountSlots !== undefined) {
    const { scored: inSlots, issued, log10PValue: log10WithSlots } = detection.accountSlots;
    lines.push(
      `  accounts ${inSlots} tokens more, p = ${formatPValue(log10WithSlots)} with them, corrected for ${issued} accounts; none is named`,
    );
  }
  lines.push(
    `  rests on ${basisInWords(detection)}`,
    `  least p  ${leastInWords(detection)}`,
    `  scored   ${scored} of ${total} tokens, ${duplicates} repeated${unkeyed === 0 ? '' : `, ${unkeyed} left out: their draws depend on too little of the key`}`,
    `  key      ${detection.keyId}${detection.profile === undefined ? '' : ` (${detection.profile})`}`,
  );
  if (detection.caution !== undefined) lines.push(`  caution  ${detection.caution}`);
  for (const region of detection.regions ?? []) lines.push(`  region   ${describeRegion(region)}`);
  if (detection.decoys !== undefined) lines.push(`  decoys   ${describeDecoys(detection.decoys)}`);
  if (changes !== '') lines.push(`  removed  ${changes} before tokenizing`);
  return lines.join('\n');
}

function whyInconclusive(detection: Detection): string {
  const { minTokens, log10LeastPValue, keys, alpha, basis } = detection;
  if (testedTuples(detection) < minTokens) return `fewer than ${minTokens} scored tokens`;
  if (log10LeastPValue + Math.log10(keys.length) <= Math.log10(alpha))
    return 'another key leaves it open: it scored too few tokens, or cannot reach the level';
  return basis === 'rank'
    ? `no rank among so few keys reaches the level: ${remedyInWords(detection)}`
    : `no p-value that the key supports reaches the level: ${remedyInWords(detection)}`;
}

function describeRegion({ tokens, characters, log10PValue }: Region): string {
  const place = characters === undefined ? '' : `characters ${characters.start} to ${characters.end}, `;
  return `${place}tokens ${tokens.start} to ${tokens.end}, p-value ${formatPValue(log10PValue)}`;
}
