import {
  type Cell,
  dataTable,
  factList,
  formatEValue,
  formatLevel,
  formatLog10,
  formatPValue,
} from '@countermark/report';
import type { Detection, DetectionSettings, KeyDetection } from '../detect/detection.ts';
import { decoysInWords } from './decoys-in-words.ts';
import { correctionsInWords } from './detection-sentence.ts';
import { basisInWords, leastInWords } from './grounds-in-words.ts';
import { normalizationInWords } from './normalization-in-words.ts';

/** Renders the numbers of a detection by name. */
export function detectionFacts(detection: Detection): string {
  const { statistic, corrections, decoys, weighted } = detection;
  const facts: [string, string][] = [
    ['p-value', withLog10(detection.log10PValue)],
    ['rests on', basisInWords(detection)],
    ['least p-value', leastInWords(detection)],
  ];
  if (detection.log10QValue !== undefined) {
    facts.push(['q-value over the documents', withLog10(detection.log10QValue)]);
  }
  if (detection.log10RawPValue !== detection.log10PValue) {
    facts.push(['before correction', withLog10(detection.log10RawPValue)]);
  }
  facts.push(
    ['level', formatLevel(detection.alpha)],
    ['corrected for', correctionsInWords(corrections) || 'nothing: one test'],
    ['e-value', eValueInWords(detection)],
  );
  if (detection.accountSlots !== undefined) {
    const { scored, accounts, issued, log10PValue, log10EValue } = detection.accountSlots;
    facts.push([
      'with account slots',
      `${scored} tokens more, under the code of ${accounts} that fits best: p is ${formatPValue(log10PValue)} corrected for ${issued} accounts issued, the e-value ${formatEValue(log10EValue)}. No account is named by it`,
    ]);
  }
  if (weighted !== undefined) {
    const { source, weighed, logLikelihoodRatio, log10PlainPValue } = weighted;
    facts.push([
      `weighed by ${source} probabilities`,
      `${weighed} tokens, log-likelihood ratio ${logLikelihoodRatio.toFixed(2)} nats; without the weights p is ${formatPValue(log10PlainPValue)}`,
    ]);
  }
  if (decoys !== undefined) facts.push(['rank among decoys', decoysInWords(decoys)]);
  facts.push(
    ['scored tokens', `${detection.scored} of ${detection.total}, at least ${detection.minTokens} needed`],
    [
      'not scored',
      `${detection.otherSlots} in other slots, ${detection.duplicates} repeated, ${detection.withoutContext} without a context${unkeyedInWords(detection)}`,
    ],
    ['effect size', `${statistic.zScore.toFixed(2)} standard deviations (${statistic.scheme})`],
    ['normalisation', normalizationInWords(detection.normalization)],
    ['key id', detection.keyId],
    ['parameters', detection.params],
    ['fixed beforehand', settingsInWords(detection.settings)],
  );
  if (detection.commitment !== undefined) facts.push(['commitment to the key', detection.commitment]);
  if (detection.tokenizer !== undefined) {
    facts.push(['tokenizer', `${detection.tokenizer.name}, fingerprint ${detection.tokenizer.fingerprint}`]);
  }
  if (detection.profile !== undefined) facts.push(['mark', `${detection.profile}: another watermark’s`]);
  if (detection.caution !== undefined) facts.push(['caution', detection.caution]);
  return factList(facts);
}

/** Renders a detection key by key, where several were tried. */
export function keyTable({ keys }: Detection): string {
  if (keys.length < 2) return '';
  const hasDecoys = keys.every(({ decoys }) => decoys !== undefined);
  return dataTable({
    caption:
      'Every key that was tried, corrected for the number of keys by Holm. These verdicts are not corrected over documents.',
    headings: [
      ...['key', 'verdict', 'p-value', 'before correction', 'e-value', 'scored'],
      ...(hasDecoys ? ['rank p-value'] : []),
    ],
    rows: keys.map(keyRow),
  });
}

function keyRow(key: KeyDetection): Cell[] {
  return [
    { html: `<span class="name">${key.keyId}</span>` },
    { html: key.verdict },
    { text: formatPValue(key.log10PValue), value: key.log10PValue },
    { text: formatPValue(key.log10RawPValue), value: key.log10RawPValue },
    { text: formatEValue(key.log10EValue), value: key.log10EValue },
    { text: String(key.scored), value: key.scored },
    ...(key.decoys === undefined
      ? []
      : [{ text: formatPValue(key.decoys.log10RankPValue), value: key.decoys.log10RankPValue }]),
  ];
}

function withLog10(log10PValue: number): string {
  return `${formatPValue(log10PValue)} (log₁₀ ${formatLog10(log10PValue, 3)})`;
}

function settingsInWords(settings: DetectionSettings): string {
  const { alpha, minTokens, dedup, normalization, regions, decoys, permutations, keys, accounts } = settings;
  return [
    `level ${formatLevel(alpha)}`,
    `at least ${minTokens} scored tokens`,
    dedup === 'none' ? 'repeated tuples counted' : 'each tuple counted once',
    `normalization ${normalization}`,
    regions ? 'parts searched' : 'no search for parts',
    `${decoys} decoys`,
    `${permutations} permutations where a p-value is a rank`,
    `${keys} key${keys === 1 ? '' : 's'}`,
    ...(accounts === undefined
      ? []
      : [`account slots of ${accounts.listed} accounts, ${accounts.issued} issued`]),
  ].join(', ');
}

function unkeyedInWords({ unkeyed }: Detection): string {
  return unkeyed === 0 ? '' : `, ${unkeyed} whose draw depends on too little of the key`;
}

function eValueInWords({ log10EValue, keys }: Detection): string {
  return `${formatEValue(log10EValue)}${keys.length > 1 ? `, the mean of ${keys.length} keys` : ''}`;
}
