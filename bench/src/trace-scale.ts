// Measures how tracing among a million accounts grows with the text: docs/statistics.md, section 14. Prints seconds of processor time.
import { AccountTracer } from '@countermark/detector';
import { benchKey, textLikeIds } from './fixtures.ts';

const VOCABULARY = 4096;
const ACCOUNTS = 1_000_000;
const LENGTHS = [300, 3000, 30_000];

const key = benchKey(VOCABULARY);
// Ids as long as a UUID.
const accounts = Array.from(
  { length: ACCOUNTS },
  (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
);
for (const length of LENGTHS) {
  const tracer = new AccountTracer(key);
  tracer.add(textLikeIds(length, VOCABULARY, 1));
  const before = process.cpuUsage();
  const [found] = tracer.trace(accounts).documents;
  const { user, system } = process.cpuUsage(before);
  tracer.close();
  process.stdout.write(
    `${length} tokens, ${found?.codePositions} code positions: ${((user + system) / 1e6).toFixed(1)} s\n`,
  );
}
