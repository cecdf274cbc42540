import type { CheckReport, ControlReport } from '@countermark/detector';
import { formatPValue } from '@countermark/report';
import { oneLine } from '../output.ts';

/** Describes a check for people: a line for each thing that was recomputed, then what was not. */
export function describeCheck(name: string, { passed, checks, notChecked }: CheckReport): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const failed = checks.filter((check) => !check.passed).length;
  const lines = checks.map(
    (check) => `  ${check.passed ? 'pass' : 'FAIL'}  ${check.name.padEnd(width)}  ${oneLine(check.detail)}`,
  );
  const outcome = passed
    ? `all ${checks.length} checks passed`
    : `${failed} of ${checks.length} checks FAILED`;
  const open = notChecked.map((sentence) => `  - ${sentence}`);
  return [`${oneLine(name)}: ${outcome}`, ...lines, 'Not checked:', ...open].join('\n');
}

/** Describes what control documents show, each number with its null hypothesis. */
export function describeControls(disputed: string, report: ControlReport): string {
  const { documents, atLeastAsStrong, log10RankPValue, belowOnePercent, log10ControlsPValue, passed } =
    report;
  const controls = documents - 1;
  return [
    `${oneLine(disputed)} among ${controls} control${controls === 1 ? '' : 's'}`,
    `  rank p-value      ${formatPValue(log10RankPValue)}: ${atLeastAsStrong} of ${controls} controls have a p-value as small`,
    '    null hypothesis: the disputed document owes no more to the key than the controls do, and all were treated alike',
    `  ${passed ? 'pass' : 'FAIL'}  controls    ${belowOnePercent} of ${controls} have p ≤ 0.01; so many or more have probability ${formatPValue(log10ControlsPValue)}`,
    '    null hypothesis: the controls were made without the key, share no passages, and their p-values are valid',
    'Not checked:',
    '  - That all were treated alike. Whoever has read the disputed document before can tell it from the controls, whatever the order.',
    '  - That the results are those of the key, and the key the one that was committed to: only who has the key can tell.',
  ].join('\n');
}
