import type { AccountTrace, TracedAccount } from '@countermark/detector';
import { formatLog10, formatPValue } from '@countermark/report';
import { counted } from './counted.ts';
import { describeDecoys } from './describe-decoys.ts';
import { oneLine } from './output.ts';

/** What a level and a p-value of `trace` mean, for people. */
export const TRACE_MEANING: string =
  'The level bounds the probability that any account is named whose code had no influence on the text: for every text,\n' +
  'mixed or edited by anyone. A named account is not shown to have sent the text, only its answers to be in it; an account\n' +
  'that is not named is not cleared.';

/** Describes what one text says about accounts in a few lines for people. */
export function describeTrace(name: string, trace: AccountTrace): string {
  const { verdict, named, top, scored, total, duplicates, codePositions, alpha, issued, documents } = trace;
  const shared = trace.tests / issued;
  const lines = [
    `${oneLine(name)}: ${verdictOf(trace)}`,
    ...named.map(lineOf),
    ...top.slice(named.length).map((other) => `${lineOf(other)}, not named`),
    `  level    ${alpha}, corrected for ${counted(issued, 'account')}${shared > 1 ? ` times ${shared} for the texts` : ''}`,
    `  scored   ${scored} of ${total} tokens at ${codePositions} code positions, ${duplicates} repeated`,
    `  key      ${trace.keyId}`,
  ];
  if (trace.weights !== undefined) lines.splice(-1, 0, `  weights  by ${trace.weights} probabilities`);
  if (documents > 1) lines.splice(-1, 0, `  texts    ${documents} as one`);
  if (verdict === 'none-named' && top.length === 0) {
    lines.splice(1, 0, `  strongest evidence for any account: p-value ${formatPValue(trace.log10PValue)}`);
  }
  if (trace.decoys !== undefined) lines.push(`  decoys   ${describeDecoys(trace.decoys)}`);
  const changes = trace.normalization.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
  if (changes !== '') lines.push(`  removed  ${changes} before tokenizing`);
  return lines.join('\n');
}

function verdictOf({ verdict, named }: AccountTrace): string {
  if (verdict === 'inconclusive') return 'inconclusive (too short to name any account at this level)';
  if (verdict === 'none-named') return 'no account named';
  return `${named.length} ${named.length === 1 ? 'account' : 'accounts'} named`;
}

function lineOf({ account, log10PValue }: TracedAccount): string {
  return `  ${oneLine(account)}  p-value ${formatPValue(log10PValue)} (log10 ${formatLog10(log10PValue, 2)})`;
}
