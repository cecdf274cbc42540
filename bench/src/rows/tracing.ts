import { AccountTracer } from '@countermark/detector';
import { accountCode } from '@countermark/watermark/scheme';
import { benchKey, textLikeIds } from '../fixtures.ts';
import { measure } from '../measure.ts';
import { atMost, type Row } from '../row.ts';

const VOCABULARY = 4096;
const DOCUMENT = 300;
const ACCOUNTS = 24_000;
const MANY_ACCOUNTS = 1_000_000;
// What the slower yardstick is timed on.
const SAMPLE = 500;

/** One document of 300 tokens compared with every account: scores, codes, sums and exact p-values. */
export function tracingRows(): Row[] {
  const key = benchKey(VOCABULARY);
  const document = textLikeIds(DOCUMENT, VOCABULARY, 1);
  // Ids as long as a UUID.
  const accounts = Array.from(
    { length: MANY_ACCOUNTS },
    (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
  );
  const few = accounts.slice(0, ACCOUNTS);
  const tracer = new AccountTracer(key);
  tracer.add(document);
  const accountKey = key.accountKey();
  const { trace, noble } = measure({
    trace: () => {
      const fresh = new AccountTracer(key);
      fresh.add(document);
      fresh.trace(few);
      fresh.close();
      return ACCOUNTS;
    },
    noble: () => {
      for (const account of few.slice(0, SAMPLE)) accountCode(accountKey, account, key.params.codeLength);
      return SAMPLE;
    },
  });
  const { traceMany } = measure(
    {
      traceMany: () => {
        tracer.trace(accounts);
        return MANY_ACCOUNTS;
      },
    },
    3,
  );
  tracer.close();
  const yardstick = "the accounts' codes alone by @noble/hashes";
  return [
    atMost(
      'tracing 300 tokens among 24,000 accounts',
      trace.seconds * ACCOUNTS * 1000,
      'ms',
      50,
      yardstick,
      noble.seconds / trace.seconds,
    ),
    atMost(
      'tracing 300 tokens among 1 million accounts',
      traceMany.seconds * MANY_ACCOUNTS,
      's',
      2,
      yardstick,
      noble.seconds / traceMany.seconds,
    ),
  ];
}
