// Measures the hot paths and prints a table, or one JSON array of rows with --json; --only scanning measures one group.
import { loadavg } from 'node:os';
import type { Row } from './row.ts';
import { demoModelRows } from './rows/demo-model.ts';
import { idDetectionRows, textDetectionRows } from './rows/detection.ts';
import { addedCostRows, wholeStepRows } from './rows/embedding.ts';
import { interopRows } from './rows/interop.ts';
import { memoryRows } from './rows/memory.ts';
import { regionRows } from './rows/regions.ts';
import { samplingServiceRows } from './rows/sampling-service.ts';
import { scanningRows } from './rows/scanning.ts';
import { servingRows } from './rows/serving.ts';
import { tokenizingRows } from './rows/tokenizing.ts';
import { tracingRows } from './rows/tracing.ts';
import { weightRows } from './rows/weights.ts';
import { wordRows } from './rows/words.ts';

const json = process.argv.includes('--json');
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  process.stderr.write(`the machine is busy (load ${load.toFixed(2)}): compare ratios, not times\n`);

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const rows: Row[] = [];
const groups = [
  wordRows,
  tokenizingRows,
  idDetectionRows,
  interopRows,
  textDetectionRows,
  regionRows,
  tracingRows,
  scanningRows,
  servingRows,
  weightRows,
  addedCostRows,
  wholeStepRows,
  memoryRows,
  demoModelRows,
  samplingServiceRows,
];
const names = groups.map(({ name }) => name.replace(/Rows$/, ''));
if (process.argv.includes('--only') && !(only !== undefined && names.includes(only))) {
  process.stderr.write(`--only expected one of ${names.join(', ')}\n`);
  process.exit(2);
}
for (const group of groups) {
  if (only === undefined || group.name === `${only}Rows`) rows.push(...(await group()));
}

if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
else {
  process.stdout.write(`${line('what', 'value', 'target', 'met', 'ratio', 'yardstick')}\n`);
  for (const { name, value, unit, target, met, ratio, yardstick } of rows) {
    process.stdout.write(
      `${line(name, `${figure(value)} ${unit}`, figure(target), met ? 'yes' : 'NO', figure(ratio), yardstick)}\n`,
    );
  }
}

function line(
  ...[name = '', value = '', target = '', met = '', ratio = '', yardstick = '']: string[]
): string {
  const cells = [name.padEnd(46), value.padStart(22), target.padStart(8), met.padStart(4), ratio.padStart(8)];
  return `${cells.join('  ')}  ${yardstick}`;
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
