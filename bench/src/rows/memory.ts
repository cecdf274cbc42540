import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.ts';
import { atMost, type Row } from '../row.ts';

const RUNS = process.argv.includes('--smoke') ? 1 : 5;
const MEGABYTE = 1024 * 1024;

/** Memory of a detector beyond its tokenizer's: the difference of two processes that differ in nothing else. */
export function memoryRows(): Row[] {
  const samples = Array.from({ length: RUNS }, () => [probe('tokenizer'), probe('detector')] as const);
  const tokenizer = median(samples.map(([alone]) => alone));
  const added = median(samples.map(([alone, both]) => both - alone));
  const yardstick = `a process with the tokenizer alone, ${tokenizer.toFixed(0)} MB`;
  const ratio = tokenizer / (tokenizer + added);
  return [atMost('memory of a detector beyond its tokenizer', added, 'MB', 16, yardstick, ratio)];
}

// Resident megabytes.
function probe(what: 'tokenizer' | 'detector'): number {
  const script = fileURLToPath(new URL('../memory-probe.js', import.meta.url));
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--expose-gc', script, what], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the memory probe failed: ${stderr}`);
  return Number(stdout) / MEGABYTE;
}
