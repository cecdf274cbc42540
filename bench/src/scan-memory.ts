// Prints the peak memory and the pace of a scan of a synthetic corpus: `node bench/dist/scan-memory.js [gigabytes] [threads]`.
// The corpus is made on the fly beside the system's temporary files, and removed.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createParams, formatKeyFile, seededRandom, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { mixedText } from './mixed-text.ts';

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/countermark.js', import.meta.url));
const DOCUMENT = 3_000;
const POLL_MS = 200;

const gigabytes = Number(process.argv[2] ?? 5);
const threads = Number(process.argv[3] ?? 2);
const directory = mkdtempSync(join(tmpdir(), 'countermark-memory-'));
try {
  const corpus = join(directory, 'corpus.jsonl');
  writeCorpus(corpus, gigabytes * 1e9);
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
    `${gigabytes} GB with ${threads} threads: peak ${(peak / 1024).toFixed(0)} MB resident, ${seconds.toFixed(0)} s, ` +
      `${((gigabytes * 1000) / seconds).toFixed(1)} MB/s\n`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Writes documents cut from mixed text at random places, so that no two are alike and tuples repeat as in real text. */
function writeCorpus(path: string, bytes: number): void {
  const random = seededRandom(1);
  const text = mixedText();
  const file = openSync(path, 'w');
  try {
    for (let written = 0, id = 0; written < bytes; ) {
      const lines: string[] = [];
      for (let i = 0; i < 1000; i++) {
        const start = Math.floor(random() * (text.length - DOCUMENT));
        lines.push(`${JSON.stringify({ id: id++, text: text.slice(start, start + DOCUMENT) })}\n`);
      }
      written += writeSync(file, lines.join(''));
    }
  } finally {
    closeSync(file);
  }
}

/** Runs the command; returns the most kilobytes that it had resident. */
function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      peak = Math.max(peak, Number(found?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, POLL_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(timer);
      if (status === 0) resolve(peak);
      else reject(new Error(`the scan ended with status ${status}`));
    });
  });
}
