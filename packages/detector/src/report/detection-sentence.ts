import type { Correction, Detection } from '../detection.ts';
import { formatLevel } from './format-level.ts';
import { formatPValue } from './format-p-value.ts';

const METHODS: Readonly<Record<Correction['method'], string>> = {
  bonferroni: 'Bonferroni',
  holm: 'Holm',
  'benjamini-hochberg': 'Benjamini–Hochberg',
};

/** Says a verdict in one sentence, with its null hypothesis, its level and the p-value that it rests on. */
export function detectionSentence(detection: Detection): string {
  const { verdict, alpha, scored, minTokens, keys, keyId } = detection;
  const level = formatLevel(alpha);
  const key = keys.length > 1 ? `key ${keyId}` : 'the key';
  const hypothesis = `the null hypothesis, that this document was produced without access to ${key}`;
  const value = evidenceInWords(detection);
  if (verdict === 'detected') return `Detected at level ${level}: ${hypothesis}, is rejected, with ${value}.`;
  if (verdict === 'not-detected') {
    return `Not detected at level ${level}: ${hypothesis}, is not rejected, with ${value}.`;
  }
  return scored < minTokens
    ? `Inconclusive: ${scored} tokens were scored, and ${minTokens} are needed to test at level ${level} ${hypothesis}; ${value} decides nothing.`
    : `Inconclusive: ${hypothesis}, is not rejected at level ${level}, with ${value}, and another key has fewer than ${minTokens} scored tokens.`;
}

/** Says what a p-value is corrected for, as in `42 windows (Bonferroni) and 2 keys (Holm)`; nothing if it is one test. */
export function correctionsInWords(corrections: readonly Correction[]): string {
  return corrections.map(({ method, over, tests }) => `${tests} ${over} (${METHODS[method]})`).join(' and ');
}

// The p-value is corrected over windows and keys, and the q-value over documents on top.
function evidenceInWords({ log10PValue, log10QValue, corrections }: Detection): string {
  const isOverDocuments = ({ over }: Correction): boolean => over === 'documents';
  const own = correctionsInWords(corrections.filter((correction) => !isOverDocuments(correction)));
  const p = `p = ${formatPValue(log10PValue)}${own === '' ? '' : `, corrected for ${own},`}`;
  if (log10QValue === undefined) return p.replace(/,$/, '');
  return `${p} and q = ${formatPValue(log10QValue)} over ${correctionsInWords(corrections.filter(isOverDocuments))}`;
}
