import { formatLevel, formatPValue } from '@countermark/report';
import type { Correction, Detection } from '../detect/detection.ts';
import { testedTuples } from '../detect/verdict.ts';
import { leastInWords, remedyInWords } from './grounds-in-words.ts';

const METHODS: Readonly<Record<Correction['method'], string>> = {
  bonferroni: 'Bonferroni',
  holm: 'Holm',
  'benjamini-hochberg': 'Benjamini–Hochberg',
};

/** Says a verdict in one sentence, with its null hypothesis, its level and the p-value that it rests on. */
export function detectionSentence(detection: Detection): string {
  const { verdict, alpha, minTokens, keys, keyId, log10LeastPValue } = detection;
  const scored = testedTuples(detection);
  const level = formatLevel(alpha);
  const key = keys.length > 1 ? `key ${keyId}` : 'the key';
  const hypothesis = `the null hypothesis, that this document was produced without access to ${key}`;
  const value = evidenceInWords(detection);
  if (verdict === 'detected') return `Detected at level ${level}: ${hypothesis}, is rejected, with ${value}.`;
  if (verdict === 'not-detected') {
    return `Not detected at level ${level}: ${hypothesis}, is not rejected, with ${value}.`;
  }
  if (scored < minTokens) {
    return `Inconclusive: ${scored} tokens were scored, and ${minTokens} are needed to test at level ${level} ${hypothesis}; ${value} decides nothing.`;
  }
  return log10LeastPValue + Math.log10(keys.length) > Math.log10(alpha)
    ? `Inconclusive: ${hypothesis}, could not be rejected at level ${level} whatever the text, with ${value}; the least p-value of this test is ${leastInWords(detection)}; ${remedyInWords(detection)}.`
    : `Inconclusive: ${hypothesis}, is not rejected at level ${level}, with ${value}, and another key leaves it open: too few of its tokens were scored, or its p-values cannot reach the level.`;
}

/** Says what a p-value is corrected for, as in `42 windows (Bonferroni) and 2 keys (Holm)`; nothing if it is one test. */
export function correctionsInWords(corrections: readonly Correction[]): string {
  return corrections.map(({ method, over, tests }) => `${tests} ${over} (${METHODS[method]})`).join(' and ');
}

// The p-value is corrected over windows and keys, and the q-value over documents on top.
function evidenceInWords({ log10PValue, log10QValue, corrections, basis }: Detection): string {
  const isOverDocuments = ({ over }: Correction): boolean => over === 'documents';
  const own = correctionsInWords(corrections.filter((correction) => !isOverDocuments(correction)));
  const ranked = basis === 'rank' ? ' (the rank of the key among random ones)' : '';
  const p = `p = ${formatPValue(log10PValue)}${ranked}${own === '' ? '' : `, corrected for ${own},`}`;
  if (log10QValue === undefined) return p.replace(/,$/, '');
  return `${p} and q = ${formatPValue(log10QValue)} over ${correctionsInWords(corrections.filter(isOverDocuments))}`;
}
