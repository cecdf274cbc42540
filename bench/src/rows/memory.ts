import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atMost, type Row } from '../row.ts';

/** Memory of a detector beyond its tokenizer's, in a process of its own so that nothing else is counted. */
export function memoryRows(): Row[] {
  const script = fileURLToPath(new URL('../memory-probe.js', import.meta.url));
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--expose-gc', script], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the memory probe failed: ${stderr}`);
  const { tokenizer, detector } = JSON.parse(stdout) as { tokenizer: number; detector: number };
  const mega = 1024 * 1024;
  const yardstick = `the tokenizer o200k_base alone, ${(tokenizer / mega).toFixed(0)} MB`;
  return [
    atMost(
      'memory of a detector beyond its tokenizer',
      detector / mega,
      'MB',
      16,
      yardstick,
      tokenizer / detector,
    ),
  ];
}
