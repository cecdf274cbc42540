/**
 * Raw token ids without ends of documents: pieces with windows keep their levels, by themselves and together, and marked answers are found.
 *
 * COUNTERMARK_CORPUS=report prints the figures of docs/statistics.md, section 17.8. The table there is of a file that was made in the same
 * way with answers of one account; COUNTERMARK_PASSAGES=1000000 makes one of its size.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectFileLayout } from '@countermark/corpus';
import { Detector, nullTailLog10, TOKEN_STATUSES } from '@countermark/detector';
import { DocumentScorer, QValueTable } from '@countermark/detector/corpus';
import { DEMO_PROMPTS, humanText, TEXT_KINDS } from '@countermark/fixtures';
import { generateTokens, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { naiveWindows } from '../regions/naive-windows.ts';
import { type Demo, openDemo } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { markedAnswers } from '../support/marked-ids.ts';
import { keyFrom, SCHEMES, secretFrom } from '../support/random-key.ts';
import { rawIds, zipfIds } from '../support/raw-ids.ts';
import { inDirectory, type ScanIdsOptions, scanIds } from '../support/scan-ids.ts';
import { allowance, expectCalibrated, share } from './calibrated.ts';

const SCANS = 2000;
const KEYS = 10_000;
const MIXED = 150;
const UNCORRECTED = 200;
const PIECE = 1024;
const LEVEL = 0.05;
const LEVELS = [0.1, 0.01, 0.001];
/** As many documents' worth of ids as there are passages. */
const PASSAGES = Number(process.env['COUNTERMARK_PASSAGES'] ?? 200_000);
const REPORT = process.env['COUNTERMARK_CORPUS'] === 'report';
const SCORED = TOKEN_STATUSES.indexOf('scored');

describe('unmarked ids, full of repeats, in pieces with windows', () => {
  it('has p-values and false discoveries at their levels, where windows without their factors have not', async () => {
    const { corpora, vocabSize } = await humanCorpora();
    await inDirectory(async (directory) => {
      const paths = corpora.map((ids, i) => {
        const path = join(directory, `${i}.bin`);
        writeFileSync(path, ids);
        return path;
      });
      const { reading } = await detectFileLayout(paths[0]!, { idBytes: 4 });
      expect(reading.pieceTokens).toBe(PIECE);
      const documents: number[] = [];
      const combined: number[] = [];
      let discovered = 0;
      for (let i = 0; i < SCANS; i++) {
        const key = keyFrom(`raw ${i}`, vocabSize);
        const options = { reading, alpha: LEVEL, falseDiscoveryRate: LEVEL };
        const { summary } = await scanIds([key], [paths[i % paths.length]!], directory, `out ${i}`, options);
        documents.push(summary.keys[0]!.documents.log10PValue);
        combined.push(summary.keys[0]!.log10PValue);
        if (summary.detected > 0) discovered++;
      }
      let uncorrected = 0;
      for (let i = 0; i < UNCORRECTED; i++) {
        const key = keyFrom(`raw ${i}`, vocabSize);
        if (discoversUncorrected(key, corpora[i % corpora.length]!)) uncorrected++;
      }
      report(`scans with a detected document at ${LEVEL}: ${discovered / SCANS}`);
      report(`the same with windows uncorrected: ${uncorrected / UNCORRECTED}`);
      for (const [what, values] of Object.entries({ documents, combined })) {
        report(`${what}: ${LEVELS.map((alpha) => `${share(values, alpha)} at ${alpha}`).join(', ')}`);
        for (const alpha of LEVELS)
          expect(share(values, alpha), `${what} at ${alpha}`).toBeLessThanOrEqual(
            alpha + allowance(alpha, SCANS),
          );
      }
      // All are unmarked: a discovery is a false one, and the share of such scans is the rate.
      expect(discovered / SCANS).toBeLessThanOrEqual(LEVEL + allowance(LEVEL, SCANS));
      // Not idle: that windows overlap costs about half of the level (docs/statistics.md, section 5.4).
      expect(discovered / SCANS).toBeGreaterThan(LEVEL / 4);
      expect(uncorrected / UNCORRECTED).toBeGreaterThan(0.5);
    });
  });

  it('has p-values and e-values of single pieces at their levels, under a key each', async () => {
    const { corpora, vocabSize } = await humanCorpora();
    const values: number[] = [];
    let eValues = 0;
    for (let i = 0; i < KEYS; i++) {
      const key = keyFrom(`piece ${i}`, vocabSize);
      const scorer = new DocumentScorer([key], { windowTokens: PIECE });
      const start = PIECE * (i % 40);
      const piece = corpora[i % corpora.length]!.slice(start, start + PIECE);
      const { log10PValue, log10EValue } = scorer.score([piece]);
      scorer.close();
      values.push(log10PValue);
      if (log10EValue >= 1) eValues++;
    }
    report(`pieces: ${LEVELS.map((alpha) => `${share(values, alpha)} at ${alpha}`).join(', ')}`);
    report(`e-values of 10 or more: ${eValues / KEYS}`);
    expectCalibrated(values, 'pieces with windows');
    expect(eValues / KEYS).toBeLessThanOrEqual(0.1 + allowance(0.1, KEYS));
    expect(share(values, 0.1)).toBeGreaterThan(0.1 / 4);
  });

  it('has the promised share of false ones among what is detected beside marked pieces', async () => {
    const vocabSize = 2000;
    const stream = zipfIds(seededRandom('mixed'), 20_000, vocabSize);
    const proportions: number[] = [];
    let found = 0;
    await inDirectory(async (directory) => {
      for (let i = 0; i < MIXED; i++) {
        const key = keyFrom(`mixed ${i}`, vocabSize);
        const answers = markedAnswers(key, [undefined, undefined], 200, i);
        const { ids, places } = rawIds(stream, 600, answers, `mixed ${i}`);
        const path = join(directory, `${i}.bin`);
        writeFileSync(path, ids);
        const { reading } = await detectFileLayout(path, { idBytes: 2 });
        await scanIds([key], [path], directory, `out ${i}`, { reading, falseDiscoveryRate: LEVEL });
        const table = await asyncBufferFromFile(join(directory, `out ${i}`, 'documents.parquet'));
        const rows = await parquetReadObjects({ file: table });
        const detected = rows.flatMap(({ verdict, byte_offset: offset }) =>
          verdict === 'detected' ? [Number(offset) / 2] : [],
        );
        const right = detected.filter((start) =>
          places.some((place) => start < place + 200 && place < start + PIECE),
        );
        proportions.push(detected.length === 0 ? 0 : 1 - right.length / detected.length);
        found += right.length;
      }
    });
    const mean = proportions.reduce((a, b) => a + b, 0) / MIXED;
    const variance = proportions.reduce((sum, value) => sum + (value - mean) ** 2, 0) / MIXED;
    report(`share of false ones: ${mean} ± ${Math.sqrt(variance / MIXED)}, ${found} right`);
    // 4.9 standard errors; shares are at most 1, and the mean square of one is at most its mean.
    expect(mean).toBeLessThanOrEqual(LEVEL + allowance(LEVEL, MIXED));
    expect(found).toBeGreaterThanOrEqual(2 * MIXED);
  });
});

describe('twenty answers of 300 tokens in raw ids', () => {
  it('are found by the plan that nobody asked for, and named by offset', async () => {
    const demo = await openDemo();
    const streams = TEXT_KINDS.map((kind) => demo.tokenizer.encode(humanText(kind)));
    const stream = Uint16Array.from(streams.flatMap((one) => [...one]));
    const vendors: [WatermarkKey, Uint32Array[]][] = [];
    for (const scheme of REPORT ? SCHEMES : SCHEMES.slice(0, 1)) {
      const key = new WatermarkKey(demo.params({ scheme }), secretFrom(seededRandom('raw')));
      vendors.push([key, await answersOf(demo, key, 20)]);
    }
    await demo.close();
    for (const [key, answers] of vendors) {
      const { ids, places } = rawIds(stream, PASSAGES, answers, 'million');
      await inDirectory(async (directory) => {
        const path = join(directory, 'ids.bin');
        writeFileSync(path, ids);
        const { reading } = await detectFileLayout(path);
        const { pieceTokens, ...long } = reading;
        expect(pieceTokens).toBe(PIECE);
        const scan = async (name: string, options: ScanIdsOptions, piece = PIECE) => {
          const before = process.cpuUsage();
          const { summary } = await scanIds([key], [path], directory, name, options);
          const { user, system } = process.cpuUsage(before);
          const named = places.filter((place) =>
            summary.top.some(({ byteOffset = Number.NaN }) => {
              const start = byteOffset / 2;
              return start < place + 300 && place < start + piece;
            }),
          );
          const { verdict, detected, documents, keys } = summary;
          report(
            `${key.params.scheme.kind}, ${ids.length} ids, ${name}: ${verdict}, log10 p ${keys[0]!.log10PValue}, ${detected} of ${documents} pieces, ${named.length} of ${places.length} answers, CPU ${(user + system) / 1e6} s`,
          );
          return { summary, named };
        };
        const { summary, named } = await scan('default', { reading });
        expect(named).toEqual(places);
        expect(summary.detected).toBeLessThanOrEqual(2 * places.length + 2);
        if (key.params.scheme.kind === 'gumbel') expect(summary.verdict).toBe('detected');
        if (!REPORT) return;
        await scan('pieces of 1,024 without windows', { reading, windowTokens: 0 });
        await scan('pieces of 65,536 without windows', { reading: long, windowTokens: 0 }, 65_536);
      });
    }
  });
});

/** Corpora of 40 pieces each: passages of human text, each one to eight times, in a random order. */
async function humanCorpora() {
  const { openTokenizer } = await import('@countermark/watermark/tokenizer');
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize } = tokenizer;
  const streams = TEXT_KINDS.map((kind) => tokenizer.encode(humanText(kind).slice(0, 400_000)));
  tokenizer.close();
  const corpora = Array.from({ length: 10 }, (_, i) => {
    const random = seededRandom(`raw corpus ${i}`);
    const stream = streams[i % streams.length]!;
    const passages: Uint32Array[] = [];
    for (let length = 0; length < 40 * PIECE; ) {
      const own = 50 + Math.floor(400 * random());
      const start = Math.floor(random() * (stream.length - own));
      const copies = 1 + Math.floor(8 * random());
      for (let j = 0; j < copies; j++) passages.push(stream.slice(start, start + own));
      length += copies * own;
    }
    for (let j = passages.length - 1; j > 0; j--) {
      const k = Math.floor((j + 1) * random());
      [passages[j], passages[k]] = [passages[k]!, passages[j]!];
    }
    const all = passages.flatMap((passage) => [...passage]);
    return Uint32Array.from(all.slice(0, 40 * PIECE));
  });
  return { corpora, vocabSize };
}

/** Whether a piece is detected where each has the p-value of its strongest window, whatever the number of windows. */
function discoversUncorrected(key: WatermarkKey, ids: Uint32Array): boolean {
  const detector = new Detector([key]);
  const table = new QValueTable();
  for (let at = 0; at < ids.length; at += PIECE) {
    const { scores, statuses, nullLaw } = detector.report(ids.slice(at, at + PIECE));
    const scored = [...scores].filter((_, i) => statuses[i] === SCORED);
    const tails = naiveWindows(scored, nullLaw).map(({ log10Tail }) => log10Tail);
    const sum = scored.reduce((a, b) => a + b, 0);
    table.add(Math.min(nullTailLog10(nullLaw, scored.length, sum), ...tails));
  }
  detector.close();
  return table.rejections(Math.log10(LEVEL)) > 0;
}

async function answersOf(demo: Demo, key: WatermarkKey, count: number): Promise<Uint32Array[]> {
  const watermarker = new Watermarker(key);
  const answers: Uint32Array[] = [];
  for (let seed = 0; seed < count; seed++) {
    const prompt = demo.tokenizer.encode(DEMO_PROMPTS[seed % DEMO_PROMPTS.length]!);
    const sampling = { temperature: [0.8, 0.9, 1][seed % 3]! };
    const random = seededRandom(`raw ${seed}`);
    const generation = watermarker.start({ ...AT_ONCE, prompt, sampling, random });
    const ids: number[] = [];
    for await (const id of generateTokens(demo.model, generation, prompt, { maxTokens: 300 })) ids.push(id);
    answers.push(Uint32Array.from(ids));
  }
  watermarker.close();
  return answers;
}

function report(line: string): void {
  if (REPORT) console.log(line);
}
