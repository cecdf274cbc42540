import { readFileSync } from 'node:fs';

const FILES = [
  '../../docs/spec.md',
  '../../docs/statistics.md',
  '../../LICENSE',
  '../../packages/watermark/src/params.ts',
];
const LEAST = 100_000;

/** Returns about 100 kB of prose, markup and code: the project's own files, repeated. */
export function mixedText(): string {
  const text = FILES.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n');
  return text.repeat(Math.ceil(LEAST / text.length));
}
