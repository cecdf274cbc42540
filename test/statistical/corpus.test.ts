/**
 * Corpora scanned from files to verdict: a corpus that nobody marked is called marked no more often than the level says,
 * and a thousandth of marked documents among human ones is found, counted and traced.
 *
 * COUNTERMARK_CORPUS=report prints the figures. Those of docs/statistics.md, section 17, took COUNTERMARK_SCANS=10000 and
 * COUNTERMARK_ANSWERS=100.
 */
import type { ScanSummary } from '@countermark/corpus';
import { Detector } from '@countermark/detector';
import { DEMO_PROMPTS, humanText, TEXT_KINDS } from '@countermark/fixtures';
import { generateTokens, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { type Demo, openDemo } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { markedAnswers } from '../support/marked-ids.ts';
import { keyFrom, secretFrom } from '../support/random-key.ts';
import { inDirectory, scanIds, writeCorpus } from '../support/scan-ids.ts';
import { allowance, share } from './calibrated.ts';

const SCANS = Number(process.env['COUNTERMARK_SCANS'] ?? 1000);
/** Scans at a time: they wait for the disk more than they compute. */
const LANES = 8;
/** Answers of the demo model, which takes most of the time; a thousandth of the documents that they are put among. */
const ANSWERS = Number(process.env['COUNTERMARK_ANSWERS'] ?? 20);
const LEVELS = [0.1, 0.01, 0.001];
const REPORT = process.env['COUNTERMARK_CORPUS'] === 'report';

describe('a corpus of human text, shuffled and full of copies', () => {
  it('has p-values that are at most α with probability at most α, in scans under a key each', async () => {
    const { corpora, vocabSize } = await repetitiveCorpora();
    await inDirectory(async (directory) => {
      const paths: string[][] = [];
      for (const [i, files] of corpora.entries()) {
        paths.push(await writeCorpus(directory, files, `corpus ${i} `));
      }
      const found: Record<string, number[]> = {
        pooled: [],
        documents: [],
        combined: [],
        'every occurrence': [],
      };
      let stopped = 0;
      const scan = async (i: number): Promise<void> => {
        const key = keyFrom(`calibration ${i}`, vocabSize);
        const which = i % corpora.length;
        const { summary } = await scanIds([key], paths[which]!, directory, `scan ${i}`, { alpha: 0.05 });
        const [result] = summary.keys;
        found['pooled']!.push(result!.pooled.log10PValue);
        found['documents']!.push(result!.documents.log10PValue);
        found['combined']!.push(result!.log10PValue);
        if (i < 300) found['every occurrence']!.push(withoutDedup(key, corpora[which]!));
        if (i % 4 !== 0) return;
        const options = { alpha: 0.05, stop: true };
        const watched = await scanIds([key], paths[which]!, directory, `watched ${i}`, options);
        if (watched.summary.verdict === 'detected') stopped++;
      };
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < SCANS) await scan(next++);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      for (const [what, values] of Object.entries(found)) {
        report(`${what}: ${LEVELS.map((alpha) => `${share(values, alpha)} at ${alpha}`).join(', ')}`);
      }
      report(`watched, detected at 0.05: ${stopped} of ${SCANS / 4}`);
      for (const what of ['pooled', 'documents', 'combined']) {
        for (const alpha of LEVELS) {
          const bound = alpha + allowance(alpha, SCANS);
          expect(share(found[what]!, alpha), `${what} at ${alpha}`).toBeLessThanOrEqual(bound);
        }
      }
      // The pooled test is exact, so the bound is nearly met: the test is not idle.
      expect(share(found['pooled']!, 0.1)).toBeGreaterThanOrEqual(0.1 - allowance(0.1, SCANS));
      // The negative control: every copy counted, scores vary several times as much as the null law says.
      expect(share(found['every occurrence']!, 0.01)).toBeGreaterThan(0.1);
      expect(stopped / (SCANS / 4)).toBeLessThanOrEqual(0.05 + allowance(0.05, SCANS / 4));
    });
  });
});

describe('human documents with marked ones among them', () => {
  it('are detected with one in a thousand or ten thousand marked: share, accounts and documents are right', async () => {
    const demo = await openDemo();
    const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('vendor')));
    const accounts = Array.from({ length: 24_000 }, (_, i) => `account-${i}`);
    const guilty = [17, 4711, 9999, 12_345, 23_999].map((i) => accounts[i]!);
    const started = performance.now();
    const answers = await markedOf(demo, key, guilty, ANSWERS);
    const generated = performance.now();
    const stream = await humanStream(demo);
    await demo.close();
    await inDirectory(async (directory) => {
      const human = humanDocuments(stream, 100_000, 300);
      const scan = async (documents: number, marked: readonly Uint32Array[]) => {
        const name = String(marked.length);
        const files = split(shuffled([...human.slice(0, documents), ...marked], name), 4);
        const paths = await writeCorpus(directory, files, name);
        const before = performance.now();
        const scanned = await scanIds([key], paths, directory, `${name} out`, {
          accounts: { accounts, issued: accounts.length, alpha: 1e-3 },
        });
        report(figuresOf(name, scanned.summary, scanned.partBytes, performance.now() - before));
        const { top } = scanned.summary;
        const truly = top.filter(({ file, record }) => marked.includes(files[paths.indexOf(file)]![record]!));
        report(`  ${truly.length} of ${top.length} listed are marked`);
        // False discoveries are a thousandth in the mean: more than two have P(Poisson(0.1) ≥ 3) = 1.5e-4 with a hundred.
        expect(truly.length).toBeGreaterThanOrEqual(top.length - 2);
        return scanned;
      };
      report(`generated in ${(generated - started) / 1000} s`);
      const many = (await scan(1000 * ANSWERS, answers)).summary;
      expect(many.verdict).toBe('detected');
      expect(many.keys[0]!.log10PValue).toBeLessThan(-6);
      expect(many.share.low).toBeGreaterThan(0);
      expect(many.share.low).toBeLessThanOrEqual(ANSWERS / many.share.documents);
      expect(many.share.high).toBeGreaterThanOrEqual(ANSWERS / many.share.documents);
      expect(namedIn(many)).toEqual([...guilty].sort());
      expect(many.detected).toBeGreaterThanOrEqual(0.9 * ANSWERS);
      expect(many.detected).toBeLessThanOrEqual(ANSWERS + 2);

      const few = await scan(100_000, answers.slice(0, 10));
      expect(few.summary.verdict).toBe('detected');
      expect(few.summary.keys[0]!.log10PValue).toBeLessThan(-6);
      // Ten single documents: the pool does not see them, their e-values do.
      expect(few.summary.keys[0]!.pooled.log10PValue).toBeGreaterThan(-6);
      for (const account of namedIn(few.summary)) expect(guilty).toContain(account);
      expect(few.partBytes.reduce((a, b) => a + b, 0)).toBeLessThan(64 * 2 ** 20);

      const none = (await scan(1000 * ANSWERS, [])).summary;
      expect(none.verdict).toBe('not-detected');
      expect(namedIn(none)).toEqual([]);
    });
  });
});

/** Corpora `[corpora][files][documents]` of few documents with many copies, most with an opening in common. */
async function repetitiveCorpora() {
  const { openTokenizer } = await import('@countermark/watermark/tokenizer');
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize } = tokenizer;
  const streams = TEXT_KINDS.map((kind) => tokenizer.encode(humanText(kind).slice(0, 400_000)));
  tokenizer.close();
  const corpora = Array.from({ length: 10 }, (_, i) => {
    const random = seededRandom(`corpus ${i}`);
    const stream = streams[i % streams.length]!;
    const window = (length: number): Uint32Array => {
      const start = Math.floor(random() * (stream.length - length));
      return stream.slice(start, start + length);
    };
    const opening = window(100);
    const documents = Array.from({ length: 40 }, () => {
      const body = window(60 + Math.floor(140 * random()));
      const document = random() < 0.5 ? body : Uint32Array.from([...opening, ...body]);
      return new Array<Uint32Array>(1 + Math.floor(8 * random())).fill(document);
    }).flat();
    // The control of the wrong key: two of ten corpora are marked, under a key that is never tried.
    if (i >= 8) documents.push(...markedAnswers(keyFrom('other', 2000), ['somebody', undefined], 200, i));
    return split(shuffled(documents, `order ${i}`), 3);
  });
  return { corpora, vocabSize };
}

/** log10 of the pooled p-value with every occurrence of a tuple counted. */
function withoutDedup(key: WatermarkKey, files: readonly (readonly Uint32Array[])[]): number {
  const detector = new Detector([key], { dedup: 'none' });
  const { log10PValue } = detector.detect(files.flat().flatMap((document) => [...document]));
  detector.close();
  return log10PValue;
}

async function humanStream(demo: Demo): Promise<Uint32Array> {
  const streams = TEXT_KINDS.map((kind) => demo.tokenizer.encode(humanText(kind)));
  const stream = new Uint32Array(streams.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of streams) {
    stream.set(one, at);
    at += one.length;
  }
  report(`human text: ${stream.length} tokens of the demo model`);
  return stream;
}

/** Documents about as long as each other; they overlap where there is less text than they take. */
function humanDocuments(stream: Uint32Array, count: number, length: number): Uint32Array[] {
  const step = Math.min(length, (stream.length - length - 40) / count);
  const random = seededRandom('documents');
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor(i * step);
    return stream.subarray(start, start + length - 40 + Math.floor(80 * random()));
  });
}

/** Answers of 300 tokens of the demo model at temperatures 0.8 to 1, from the accounts in turn. */
async function markedOf(
  demo: Demo,
  key: WatermarkKey,
  accounts: readonly string[],
  count: number,
): Promise<Uint32Array[]> {
  const watermarker = new Watermarker(key);
  const answers: Uint32Array[] = [];
  for (let seed = 0; seed < count; seed++) {
    const accountId = accounts[seed % accounts.length]!;
    const prompt = demo.tokenizer.encode(DEMO_PROMPTS[seed % DEMO_PROMPTS.length]!);
    const random = seededRandom(`answer ${seed}`);
    const sampling = { temperature: [0.8, 0.9, 1][seed % 3]! };
    // Marked as they were for the figures of docs/statistics.md.
    const generation = watermarker.start({ ...AT_ONCE, prompt, accountId, sampling, random });
    const ids: number[] = [];
    for await (const id of generateTokens(demo.model, generation, prompt, { maxTokens: 300 })) ids.push(id);
    answers.push(Uint32Array.from(ids));
  }
  watermarker.close();
  return answers;
}

function namedIn({ accounts = [] }: ScanSummary): string[] {
  return accounts.flatMap(({ named }) => named.map(({ account }) => account)).sort();
}

function figuresOf(name: string, summary: ScanSummary, partBytes: readonly number[], ms: number): string {
  const { keys, share: marked, detected, tokens, accounts = [] } = summary;
  const { log10PValue, pooled, documents } = keys[0]!;
  return [
    `${name} marked: log10 p ${log10PValue} (pooled ${pooled.log10PValue}, level ${pooled.level}, n ${pooled.scored}, z ${pooled.zScore}; documents ${documents.log10PValue} of ${documents.count})`,
    `  share ${marked.estimate}, ${marked.low} … ${marked.high}, of ${marked.documents}; ${marked.below} below; ${detected} detected`,
    `  named ${accounts.map(({ named, documents: traced }) => `${named.map(({ account, log10PValue: p }) => `${account} ${p.toFixed(1)}`).join(', ')} from ${traced}`)}`,
    `  ${tokens} tokens in ${(ms / 1000).toFixed(1)} s, parts ${partBytes.reduce((a, b) => a + b, 0)} bytes`,
  ].join('\n');
}

function shuffled<T>(list: readonly T[], seed: string): T[] {
  const random = seededRandom(seed);
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random());
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function split<T>(list: readonly T[], count: number): T[][] {
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function report(line: string): void {
  if (REPORT) console.log(line);
}
