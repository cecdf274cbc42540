// Prints the table of docs/statistics.md, section 13: scored tuples that a detection takes.
import { planTokens } from '@countermark/detector/plan';
import type { SchemeParams } from '@countermark/watermark';

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
  { kind: 'tournament', depth: 30 },
];

console.log('| entropy, nats | marked share | gumbel | green-list | tournament |\n|---|---|---|---|---|');
for (const entropy of [0.5, 1, 2, 3.5]) {
  for (const share of [1, 0.5, 0.2, 0.1, 0.05]) {
    const plans = SCHEMES.map((scheme) => planTokens({ scheme, entropy, share }).scored.toLocaleString('en'));
    console.log(`| ${[entropy, share, ...plans].join(' | ')} |`);
  }
}
