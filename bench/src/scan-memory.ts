// Prints the peak memory and the pace of a scan of a synthetic corpus: `node bench/dist/scan-memory.js [gigabytes] [threads]
// [jsonl|parquet]`. The corpus is made on the fly beside the system's temporary files, and removed. Parquet is in files of 300 MB
// of text with row groups of 100 MB, without an index of their pages, as most writers leave it out.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParams, formatKeyFile, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { parquetWriteFile } from 'hyparquet-writer';
import { COMMAND, watchPeak } from './peak-memory.ts';
import { documentMaker, writeLines } from './synthetic-corpus.ts';

const FILE = 300e6;
const ROW_GROUP = 100e6;

const gigabytes = Number(process.argv[2] ?? 5);
const threads = Number(process.argv[3] ?? 2);
const format = process.argv[4] ?? 'jsonl';
const directory = mkdtempSync(join(tmpdir(), 'countermark-memory-'));
try {
  const corpus = join(directory, 'corpus');
  mkdirSync(corpus);
  if (format === 'parquet') writeParquet(corpus, gigabytes * 1e9);
  else writeLines(join(corpus, 'corpus.jsonl'), gigabytes * 1e9);
  const key = join(directory, 'key.json');
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize, fingerprint } = tokenizer;
  tokenizer.close();
  const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
  writeFileSync(key, formatKeyFile(new WatermarkKey(params)), { mode: 0o600 });
  const started = performance.now();
  const peak = await peakOf([
    'scan',
    '--key',
    key,
    '--out',
    join(directory, 'out'),
    '--threads',
    String(threads),
    corpus,
  ]);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${gigabytes} GB of ${format} with ${threads} threads: peak ${(peak / 1024).toFixed(0)} MB resident, ${seconds.toFixed(0)} s, ` +
      `${((gigabytes * 1000) / seconds).toFixed(1)} MB/s\n`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function writeParquet(corpus: string, bytes: number): void {
  const next = documentMaker();
  for (let file = 0; file * FILE < bytes; file++) {
    const texts: string[] = [];
    for (let length = 0; length < Math.min(FILE, bytes - file * FILE); ) {
      const text = next();
      texts.push(text);
      length += Buffer.byteLength(text);
    }
    parquetWriteFile({
      filename: join(corpus, `${file}.parquet`),
      columnData: [
        { name: 'id', data: texts.map((_, row) => `${file}-${row}`), type: 'STRING', offsetIndex: false },
        { name: 'text', data: texts, type: 'STRING', offsetIndex: false },
      ],
      rowGroupSize: Math.ceil((texts.length * ROW_GROUP) / FILE),
    });
  }
}

/** Runs the command; returns the most kilobytes that it had resident. */
function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const peak = watchPeak(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(peak());
      else reject(new Error(`the scan ended with status ${status}`));
    });
  });
}
