import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  detectFileLayout,
  type FileWishes,
  formatManifest,
  formatPart,
  type Manifest,
  manifestDigest,
  mergeScan,
  planScan,
  runShards,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import type { ScanTools } from '@countermark/corpus/driver';
import { createParams, formatKeyFile, WatermarkKey } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { get_encoding } from 'tiktoken';
import { benchKey, LARGE_VOCABULARY, textLikeIds } from '../fixtures.ts';
import { median } from '../measure.ts';
import { mixedText } from '../mixed-text.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const SMOKE = process.argv.includes('--smoke');
const ROUNDS = SMOKE ? 1 : 3;
/** Tokens of a corpus of ids: what is done once a scan does not count. */
const TOKENS = SMOKE ? 200_000 : 16_000_000;
const DOCUMENT = 500;
/** Copies of a million characters of text, each cut at other places. */
const COPIES = SMOKE ? 1 : 24;
const TEXT_DOCUMENT = 2_000;
/** Copies of the corpus that threads share: their start, half a second each, counts little then. */
const THREAD_COPIES = SMOKE ? 1 : 5;
const PARTS = SMOKE ? 20 : 1000;
/** Tokens a second of the fastest detector of others that counts a tuple once, on ids: TextSeal's core scorer, one thread. */
const PEER = 164_000;

/** Scans of corpora end to end: reading, scoring, sampling, leads, the part. Each row has its yardstick in the same rounds. */
export async function scanningRows(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-bench-'));
  try {
    return [...(await idRows(directory)), ...(await textRows(directory)), await mergeRow(directory)];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function idRows(directory: string): Promise<Row[]> {
  const ids = textLikeIds(TOKENS, LARGE_VOCABULARY, 1);
  const endOfText = LARGE_VOCABULARY - 1;
  for (let at = DOCUMENT; at < ids.length; at += DOCUMENT + 1) ids[at] = endOfText;
  const raw = join(directory, 'ids.bin');
  writeFileSync(raw, new Uint8Array(ids.buffer));
  const table = join(directory, 'ids.parquet');
  const rows = Math.floor(ids.length / (DOCUMENT + 1));
  const lists = Array.from({ length: rows }, (_, i) => Array.from(ids.subarray(i * 501, i * 501 + 500)));
  const buffer = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'input_ids', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
    ],
    columnData: [{ name: 'input_ids', data: lists }],
    rowGroupSize: 2000,
  });
  writeFileSync(table, new Uint8Array(buffer));
  const key = benchKey(LARGE_VOCABULARY);
  const tools = { keys: [key], tokenizers: [] };
  const scans = [
    { name: '.bin', manifest: await plan(raw, [key], { idBytes: 4, endOfText }) },
    { name: 'Parquet', manifest: await plan(table, [key], { idsField: 'input_ids' }) },
  ];
  return Promise.all(
    scans.map(async ({ name, manifest }) => {
      const rates: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { seconds, tokens } = await timeScan(manifest, tools);
        rates.push(tokens / seconds);
      }
      const rate = median(rates);
      const yardstick = `the fastest valid peer's scoring alone, ${PEER.toLocaleString('en-US')} tokens/s elsewhere`;
      return atLeast(
        `scan of token ids, ${name}, one thread`,
        rate / 1e6,
        'million tokens/s',
        4,
        yardstick,
        rate / PEER,
      );
    }),
  );
}

async function textRows(directory: string): Promise<Row[]> {
  const path = join(directory, 'text.jsonl');
  const text = mixedText();
  const documents = Array.from({ length: COPIES }, (_, copy) => cut(text, TEXT_DOCUMENT, copy * 83)).flat();
  const lines = documents.map((document) => `${JSON.stringify({ text: document })}\n`).join('');
  writeFileSync(path, lines);
  const tokenizer = await openTokenizer('o200k_base');
  const keys = Array.from({ length: 10 }, (_, i) => textKey(tokenizer, i));
  const one = await plan(path, keys.slice(0, 1), {});
  const ten = await plan(path, keys, {});
  const tools = { keys, tokenizers: [tokenizer] };
  // One copy is enough for the reference, which is slow.
  const once = documents.slice(0, Math.ceil(documents.length / COPIES));
  const reference = get_encoding('o200k_base');
  const rounds: { one: number; ten: number; tokenize: number; tiktoken: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    for (const document of documents) tokenizer.encode(document);
    const encoded = performance.now();
    for (const document of once) reference.encode_ordinary(document);
    rounds.push({
      tokenize: (encoded - started) / 1000,
      tiktoken: (((performance.now() - encoded) / 1000) * documents.length) / once.length,
      one: (await timeScan(one, { ...tools, keys: keys.slice(0, 1) })).seconds,
      ten: (await timeScan(ten, tools)).seconds,
    });
  }
  tokenizer.close();
  reference.free();
  const byTiktoken = median(rounds.map((round) => round.one / round.tiktoken));
  const tensByTiktoken = median(rounds.map((round) => round.ten / round.tiktoken));
  const times = median(rounds.map((round) => round.one / round.tokenize));
  const tens = median(rounds.map((round) => round.ten / round.one));
  const large = join(directory, 'large.jsonl');
  for (let copy = 0; copy < THREAD_COPIES; copy++) appendFileSync(large, lines);
  const speedUp = await threadsSpeedUp(directory, large, keys.slice(0, 1));
  return [
    atMost(
      'scan of JSONL text against tokenizing alone',
      times,
      'times',
      1.25,
      'o200k_base encode of the same text',
      1 / times,
    ),
    atMost(
      'scan of JSONL text against tokenizing alone by tiktoken',
      byTiktoken,
      'times',
      1.25,
      `tiktoken's encode of the same text; ten keys ${tensByTiktoken.toFixed(2)}`,
      1 / byTiktoken,
    ),
    atMost('scan of JSONL text, ten keys', tens, 'times', 1.5, 'the same scan with one key', 1 / tens),
    atLeast(
      'scan of JSONL text, two threads',
      speedUp,
      'times',
      1.85,
      'the same shards on one thread',
      speedUp,
    ),
  ];
}

async function threadsSpeedUp(
  directory: string,
  path: string,
  keys: readonly WatermarkKey[],
): Promise<number> {
  const manifest = await plan(path, keys, {}, 2 * 2 ** 20);
  const shards = manifest.shards.map((_, i) => i);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const seconds: number[] = [];
    for (const threads of [1, 2]) {
      const parts = mkdtempSync(join(directory, 'parts-'));
      const started = performance.now();
      await runShards(
        {
          manifest: formatManifest(manifest),
          keyFiles: keys.map(formatKeyFile),
          tokenizers: ['o200k_base'],
          parts,
          strict: false,
        },
        shards,
        { threads, timeLimitMs: 60_000 },
      );
      seconds.push((performance.now() - started) / 1000);
    }
    ratios.push(seconds[0]! / seconds[1]!);
  }
  return median(ratios);
}

/** Merging many parts, each of a few thousand tokens, as a cluster leaves them. */
async function mergeRow(directory: string): Promise<Row> {
  const key = benchKey(LARGE_VOCABULARY);
  const path = join(directory, 'many.bin');
  const perPart = 40 * DOCUMENT;
  writeFileSync(path, new Uint8Array(textLikeIds(PARTS * perPart, LARGE_VOCABULARY, 2).buffer));
  const planned = await plan(path, [key], { idBytes: 4 }, 4 * perPart);
  const parts = join(directory, 'many');
  mkdirSync(parts);
  const tools = { keys: [key], tokenizers: [] };
  for (const [shard] of planned.shards.entries()) {
    const part = formatPart(await scanShard(planned, shard, tools), planned.settings.sampleSize);
    writeFileSync(join(parts, `part-${String(shard).padStart(6, '0')}.cmp`), part);
  }
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await mergeScan(planned, await surveyParts([parts], planned.shards.length), tools, directory);
    seconds.push((performance.now() - started) / 1000);
  }
  const digest = manifestDigest(planned).slice(0, 8);
  return atMost(
    `merge of ${planned.shards.length} parts`,
    median(seconds),
    's',
    10,
    `manifest ${digest}`,
    10 / median(seconds),
  );
}

async function plan(
  location: string,
  keys: readonly WatermarkKey[],
  wishes: FileWishes,
  shardBytes: number = 2 ** 40,
): Promise<Manifest> {
  const { reading } = await detectFileLayout(location, wishes);
  return planScan(keys, [{ location, reading }], { shardBytes });
}

async function timeScan(manifest: Manifest, tools: ScanTools): Promise<{ seconds: number; tokens: number }> {
  const started = performance.now();
  const part = await scanShard(manifest, 0, tools);
  formatPart(part, manifest.settings.sampleSize);
  return { seconds: (performance.now() - started) / 1000, tokens: part.tokens };
}

function textKey({ vocabSize, fingerprint }: Tokenizer, number: number): WatermarkKey {
  const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
  return new WatermarkKey(params, new Uint8Array(32).fill(number));
}

function cut(text: string, length: number, from: number): string[] {
  const count = Math.floor((text.length - from) / length);
  return Array.from({ length: count }, (_, i) => text.slice(from + i * length, from + (i + 1) * length));
}
