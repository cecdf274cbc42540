import { formatLevel, formatPValue } from '@countermark/report';
import type { AccountTrace } from '../trace/account-trace.ts';

/** Says in one sentence which accounts a text names, with the null hypothesis, the level and the p-values. */
export function traceSentence(trace: AccountTrace): string {
  const { verdict, named, alpha, scope, log10PValue } = trace;
  const level = formatLevel(alpha);
  const text = scope === 'pooled' ? 'these texts' : 'this text';
  const hypothesis = `the null hypothesis, that the account’s code had no influence on ${text}`;
  const corrected = `corrected for ${traceCorrections(trace)}`;
  if (verdict === 'inconclusive') {
    return `Inconclusive: too short to reject for any account, at level ${level} ${corrected}, the null hypothesis that its code had no influence on ${text}; no p-value was computed.`;
  }
  if (verdict === 'none-named') {
    return `No account named at level ${level}: ${hypothesis}, is rejected for none of them; the strongest evidence has p = ${formatPValue(log10PValue)}, ${corrected}.`;
  }
  const [first] = named;
  const last = named.at(-1);
  const strongest = formatPValue(first?.log10PValue ?? 0);
  return named.length === 1
    ? `One account named at level ${level}: ${hypothesis}, is rejected for it, with p = ${strongest}, ${corrected}.`
    : `${named.length} accounts named at level ${level}: ${hypothesis}, is rejected for each of them, with p from ${strongest} to ${formatPValue(last?.log10PValue ?? 0)}, ${corrected}.`;
}

/** Says what the p-values of a text are corrected for. */
export function traceCorrections({ corrections }: AccountTrace): string {
  const parts = corrections.map(({ over, tests }) =>
    over === 'accounts' ? `${tests} accounts issued` : `the texts of this run (times ${tests})`,
  );
  return `${parts.join(' and ')} (Bonferroni)`;
}
