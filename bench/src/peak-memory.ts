import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const POLL_MS = 200;

/** The command's program. */
export const COMMAND: string = fileURLToPath(
  new URL('../../packages/cli/bin/countermark.js', import.meta.url),
);

/** Watches a process; the result returns the most kilobytes that it has had resident. */
export function watchPeak(child: ChildProcess): () => number {
  let peak = 0;
  const look = (): void => {
    try {
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      peak = Math.max(peak, Number(found?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, POLL_MS);
  child.once('close', () => clearInterval(timer));
  return () => {
    look();
    return peak;
  };
}
