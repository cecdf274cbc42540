// Measures whether a pool of many accounts' answers names each of them: docs/statistics.md, section 14. Takes a quarter of an hour.
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { AccountTracer } from '@countermark/detector';
import {
  createParams,
  type Generation,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const POOLED = 100;
const ISSUED = 24_000;
const ANSWERS = 100;
const TOKENS = 200;
const START = 4095;
const sampling = { temperature: 0.8 };

const session = await InferenceSession.create(demoModelFiles().onnxModel, { intraOpNumThreads: 1 });
const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
const { vocabSize, fingerprint } = tokenizer;
tokenizer.close();
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
  for (const answer of await answersTo(generations)) tracer.add(answer);
  process.stderr.write(`${i + 1} of ${POOLED} accounts\r`);
}
watermarker.close();
await session.release();

const { pooled } = tracer.trace(accounts);
tracer.close();
const named = pooled?.named ?? [];
const right = named.filter(({ account }) => guilty.includes(account));
process.stdout.write(
  `${right.length} of ${POOLED} accounts named, ${named.length - right.length} innocent; ` +
    `weakest of them log10 p ${right.at(-1)?.log10PValue.toFixed(1)} corrected for ${pooled?.tests}; ` +
    `${pooled?.scored} different account-slot tuples in ${pooled?.total} tokens\n`,
);

/** Lets the model answer as often as there are generations, all at once. */
async function answersTo(generations: readonly Generation[]): Promise<Uint32Array[]> {
  const batch = generations.length;
  const answers = generations.map(() => new Uint32Array(TOKENS));
  const caches = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
  const shape = session.inputMetadata.find(({ name }) => name === caches[0]);
  const [, heads, , width] = shape?.isTensor === true ? shape.shape : [];
  let past: Record<string, Tensor> = Object.fromEntries(
    caches.map((name) => [
      name,
      new Tensor('float32', new Float32Array(0), [batch, Number(heads), 0, Number(width)]),
    ]),
  );
  let last = new Array<number>(batch).fill(START);
  for (let step = 0; step < TOKENS; step++) {
    const feeds: Record<string, Tensor> = { ...past };
    for (const name of session.inputNames) {
      if (name === 'input_ids') feeds[name] = int64(last, [batch, 1]);
      if (name === 'position_ids')
        feeds[name] = int64(
          last.map(() => step),
          [batch, 1],
        );
      if (name === 'attention_mask') {
        feeds[name] = int64(new Array<number>(batch * (step + 1)).fill(1), [batch, step + 1]);
      }
    }
    const results = await session.run(feeds);
    for (const tensor of Object.values(past)) tensor.dispose();
    past = Object.fromEntries(
      caches.map((name) => [name, results[name.replace('past_key_values', 'present')] as Tensor]),
    );
    const logits = (results['logits'] as Tensor).data as Float32Array;
    last = generations.map((generation, i) => {
      const row = logits.subarray(i * vocabSize, (i + 1) * vocabSize);
      // Answers of one length: the model may not end one.
      row[START] = -Infinity;
      const tokenId = generation.next(row);
      answers[i]?.fill(tokenId, step, step + 1);
      return tokenId;
    });
  }
  for (const tensor of Object.values(past)) tensor.dispose();
  return answers;
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}
