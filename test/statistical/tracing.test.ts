/**
 * Nobody innocent is named more often than the level says, whatever the text; and who is in a text is named.
 *
 * COUNTERMARK_CORPORA sets the number of corpora of each kind (docs/statistics.md, section 14, reports 2,000), and
 * COUNTERMARK_ANSWERS the number of answers of the model.
 */
import { AccountTracer } from '@countermark/detector';
import { gammaTailLog10 } from '@countermark/detector/stats';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import { generateTokens, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import {
  accountCode,
  createScheme,
  createWordSource,
  slotLimits,
  slotOf,
} from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { markedAnswers, markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';

const CORPORA = Number(process.env['COUNTERMARK_CORPORA'] ?? 60);
const ANSWERS = Number(process.env['COUNTERMARK_ANSWERS'] ?? 10);
const INNOCENTS = Array.from({ length: 5000 }, (_, i) => `innocent-${i}`);
const VOCABULARY = 64;
const LEVELS = [0.2, 0.05, 0.01, 0.001];

/** Documents of one corpus under a key, from accounts that are not among the innocents. */
type Corpus = (key: WatermarkKey, seed: string) => Uint32Array[];

function answersOf(key: WatermarkKey, seed: string, accounts: number, tokens: number): Uint32Array[] {
  const guilty = Array.from({ length: accounts }, (_, i) => `guilty-${i}`);
  return markedAnswers(key, guilty, tokens, seed);
}

/** Takes runs of one to eight tokens from the answers in turn, as a splicer of several accounts would. */
function splice(answers: readonly Uint32Array[], seed: string): Uint32Array {
  const random = seededRandom(seed);
  const spliced: number[] = [];
  for (let at = 0; at < answers[0]!.length; ) {
    const length = 1 + Math.floor(8 * random());
    spliced.push(...answers[Math.floor(answers.length * random())]!.subarray(at, at + length));
    at += length;
  }
  return Uint32Array.from(spliced);
}

const CORPUS_KINDS: [string, Corpus][] = [
  ['one account', (key, seed) => answersOf(key, seed, 1, 400)],
  ['a mixture of 2 accounts', (key, seed) => answersOf(key, seed, 2, 200)],
  ['a mixture of 10 accounts', (key, seed) => answersOf(key, seed, 10, 100)],
  ['a mixture of 100 accounts', (key, seed) => answersOf(key, seed, 100, 20)],
  ['answers of 4 accounts, spliced', (key, seed) => [splice(answersOf(key, seed, 4, 600), seed)]],
  ['unmarked text', (_, seed) => [randomIds(seededRandom(seed), 400, VOCABULARY)]],
];

describe.each(CORPUS_KINDS)('in corpora of %s', (kind, corpusOf) => {
  it('no innocent account is named more often than alpha says', () => {
    // The smallest corrected p-value of 5,000 innocents on each corpus, under a key of its own.
    const smallest = Array.from({ length: CORPORA }, (_, i) => {
      const key = keyFrom(`innocent ${i}`, VOCABULARY);
      const documents = corpusOf(key, `corpus ${i}`);
      const tracer = new AccountTracer(key);
      // As one text, so that the level is not shared out: the sharpest test of the bound.
      tracer.add(documents.length === 1 ? documents[0]! : joined(documents));
      const { log10PValue, verdict } = tracer.trace(INNOCENTS).documents[0]!;
      tracer.close();
      expect(verdict).not.toBe('inconclusive');
      return log10PValue;
    });
    const accusedAt = (alpha: number): number => smallest.filter((p) => p <= Math.log10(alpha)).length;
    for (const alpha of LEVELS) {
      // 4.9 standard errors of a share alpha: one-sided 5e-7. Corpora are independent, as their keys are. The normal limit
      // wants a few events; below one expected, one more than that is allowed: P(Poisson(0.6) ≥ 7) < 1e-5.
      const allowed = alpha * CORPORA + 4.9 * Math.sqrt(alpha * (1 - alpha) * CORPORA) + 1;
      expect(accusedAt(alpha), `accusations at ${alpha}`).toBeLessThanOrEqual(allowed);
    }
    // Bonferroni over independent codes is nearly exact: a test that never fires would say nothing. P(none ≤ 0.2) = 0.82^60.
    expect(Math.min(...smallest)).toBeLessThan(Math.log10(0.2));
    report(
      `${kind}: of ${CORPORA} corpora, ${LEVELS.map((alpha) => `${accusedAt(alpha)} at ${alpha}`).join(', ')}`,
    );
  });
});

describe('a negative control', () => {
  it('accuses innocents when their scores are compared with the law of unmarked text', () => {
    // Gamma(n, 1) is the law of the sum if the text is not marked. In a marked text one symbol in sixteen stands out at each
    // position, and an innocent code meets it one time in sixteen: the law of a random code given the text is another one.
    const corpora = 20;
    let accused = 0;
    for (let i = 0; i < corpora; i++) {
      const key = keyFrom(`innocent ${i}`, VOCABULARY);
      const { rows, tuples } = plainTable(key, markedIds(key, 'guilty-0', 2000, `control ${i}`));
      const smallest = INNOCENTS.slice(0, 500).map((account) => {
        const code = accountCode(key.accountKey(), account, key.params.codeLength);
        const sum = rows.reduce((total, { position, scores }) => total + scores[code[position]!]!, 0);
        return gammaTailLog10(tuples, sum / 2 ** 20) + Math.log10(500);
      });
      if (Math.min(...smallest) <= -2) accused++;
    }
    // At 1e-2 one corpus in a hundred should accuse somebody: P(Binomial(20, 0.01) ≥ 5) = 1.4e-6.
    expect(accused).toBeGreaterThanOrEqual(5);
  });
});

describe('power', () => {
  it('names the account of a 300-token answer of the demo model among 24,000', async () => {
    const demo = await openDemo();
    const key = new WatermarkKey(demo.params(), new Uint8Array(32).fill(0x2d));
    const watermarker = new Watermarker(key);
    const accounts = Array.from({ length: 24_000 }, (_, i) => `account-${i}`);
    const found: number[] = [];
    let named = 0;
    for (let answer = 0; answer < ANSWERS; answer++) {
      const accountId = accounts[(answer * 7919) % accounts.length]!;
      const ids = await answerOf(demo, watermarker, accountId, answer);
      const tracer = new AccountTracer(key);
      tracer.add(ids);
      const [trace] = tracer.trace(accounts).documents;
      tracer.close();
      expect(trace!.named.every(({ account }) => account === accountId)).toBe(true);
      if (trace!.named.length === 1) named++;
      found.push(trace!.log10PValue);
    }
    watermarker.close();
    await demo.close();
    report(
      `demo model: ${named} of ${ANSWERS} named, median log10 p ${found.sort((a, b) => a - b)[ANSWERS >> 1]}`,
    );
    expect(named).toBeGreaterThanOrEqual(0.9 * ANSWERS);
  });

  it('names every account of a pool', () => {
    // A thousandth part of the full size: that takes COUNTERMARK_POOL=100.
    const accounts = Number(process.env['COUNTERMARK_POOL'] ?? 10);
    const tokens = accounts === 100 ? 20_000 : 2000;
    const key = keyFrom('pool', VOCABULARY);
    const tracer = new AccountTracer(key);
    for (const document of answersOf(key, 'pool', accounts, tokens)) tracer.add(document);
    const guilty = Array.from({ length: accounts }, (_, i) => `guilty-${i}`);
    const { pooled } = tracer.trace([...INNOCENTS, ...guilty], { issued: 24_000 });
    tracer.close();
    report(`pool of ${accounts} × ${tokens}: weakest log10 p ${pooled!.named.at(-1)?.log10PValue}`);
    expect(pooled!.named.map(({ account }) => account).sort()).toEqual(guilty.sort());
  });
});

function report(line: string): void {
  if (process.env['COUNTERMARK_CORPORA'] !== undefined) console.log(line);
}

function joined(documents: readonly Uint32Array[]): Uint32Array {
  return Uint32Array.from(documents.flatMap((document) => [...document]));
}

/** The table of a document by its first occurrences of contexts, without any of the tracer's code. */
function plainTable(key: WatermarkKey, ids: Uint32Array): { rows: Row[]; tuples: number } {
  const { contextWidth, codeLength, scheme } = key.params;
  const source = createWordSource(key.schemeKey(), contextWidth);
  const { score } = createScheme(scheme);
  const limits = slotLimits(key.params);
  const rows: Row[] = [];
  const seen = new Set<string>();
  const header = new Uint32Array(4);
  const words = new Uint32Array(16);
  for (let at = contextWidth; at < ids.length; at++) {
    const tuple = ids.subarray(at - contextWidth, at + 1);
    source.contextHeader(tuple.subarray(0, contextWidth), header);
    if (slotOf(header[0]!, limits) !== 'account' || seen.has(tuple.join())) continue;
    seen.add(tuple.join());
    source.sequenceSymbols(ids, Uint32Array.of(at), words);
    rows.push({ position: header[1]! % codeLength, scores: Array.from(words, (word) => score(word)) });
  }
  return { rows, tuples: rows.length };
}

interface Row {
  readonly position: number;
  readonly scores: readonly number[];
}

async function answerOf(
  demo: Awaited<ReturnType<typeof openDemo>>,
  watermarker: Watermarker,
  accountId: string,
  seed: number,
): Promise<number[]> {
  // The model may end an answer early; then another seed answers.
  for (let attempt = 0; ; attempt++) {
    const prompt = demo.tokenizer.encode(DEMO_PROMPTS[(seed + attempt) % DEMO_PROMPTS.length]!);
    const random = seededRandom(`${seed} ${attempt}`);
    const generation = watermarker.start({ prompt, accountId, sampling: { temperature: 0.8 }, random });
    const ids: number[] = [];
    for await (const id of generateTokens(demo.model, generation, prompt, { maxTokens: 300 })) ids.push(id);
    if (ids.length === 300) return ids;
  }
}
