// Measures whether a pool of many accounts' answers names each of them: docs/statistics.md, section 14. Takes a quarter of an hour.
import { AccountTracer } from '@countermark/detector';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { batchedAnswers, closeModel, START, tokenizer } from './batched-answers.ts';

const POOLED = 100;
const ISSUED = 24_000;
const ANSWERS = 100;
const TOKENS = 200;
const sampling = { temperature: 0.8 };

const { vocabSize, fingerprint } = tokenizer;
const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } });
const key = new WatermarkKey(params, new Uint8Array(32).fill(23));
const accounts = Array.from({ length: ISSUED }, (_, i) => `account-${i}`);
const guilty = accounts.filter((_, i) => i % (ISSUED / POOLED) === 7);
const watermarker = new Watermarker(key);
const tracer = new AccountTracer(key);

for (const [i, accountId] of guilty.entries()) {
  const generations = Array.from({ length: ANSWERS }, (_, answer) =>
    watermarker.start({
      prompt: [START],
      accountId,
      sampling,
      random: seededRandom(`${accountId} ${answer}`),
    }),
  );
  for (const { tokenIds } of await batchedAnswers([START], generations, TOKENS)) tracer.add(tokenIds);
  process.stderr.write(`${i + 1} of ${POOLED} accounts\r`);
}
watermarker.close();
await closeModel();

const { pooled } = tracer.trace(accounts);
tracer.close();
const named = pooled?.named ?? [];
const right = named.filter(({ account }) => guilty.includes(account));
process.stdout.write(
  `${right.length} of ${POOLED} accounts named, ${named.length - right.length} innocent; ` +
    `weakest of them log10 p ${right.at(-1)?.log10PValue.toFixed(1)} corrected for ${pooled?.tests}; ` +
    `${pooled?.scored} different account-slot tuples in ${pooled?.total} tokens\n`,
);
