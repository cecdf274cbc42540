import type { RunState } from '@countermark/corpus';
import { counted, withCommas } from '../counted.ts';
import { say } from '../output.ts';

const LOG_EVERY_MS = 10_000;

/** Tells how a scan goes: a line that is written over on a terminal, plain lines now and then in a log. */
export class Progress {
  readonly #started = Date.now();
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #totalBytes: number;
  #last = 0;
  #isOpen = false;

  /** @param totalBytes of the shards that are to be scanned now; 0 if nobody knows. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Shows where the scan is. */
  show(state: RunState): void {
    const now = Date.now();
    if (this.#isTerminal) {
      process.stderr.write(`\r\u001b[K${this.#line(state, now)}`);
      this.#isOpen = true;
    } else if (now - Math.max(this.#last, this.#started) >= LOG_EVERY_MS) {
      this.#last = now;
      say(this.#line(state, now));
    }
  }

  /** Says something without breaking the line. */
  say(line: string): void {
    if (this.#isOpen) process.stderr.write('\r\u001b[K');
    this.#isOpen = false;
    say(line);
  }

  /** Leaves the line as it is. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\n');
    this.#isOpen = false;
  }

  #line({ finished, shards, documents, tokens, bytes, strong }: RunState, now: number): string {
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const share = this.#totalBytes > 0 ? Math.min(1, bytes / this.#totalBytes) : finished / shards;
    const left = share > 0.01 && share < 1 ? `, ${duration((seconds / share) * (1 - share))} left` : '';
    return (
      `${(100 * share).toFixed(0)} %, ${finished} of ${counted(shards, 'shard')}, ${counted(documents, 'document')}, ` +
      `${(bytes / 1e6 / seconds).toFixed(1)} MB/s, ${withCommas(tokens / seconds)} tokens/s${left}; ` +
      `${counted(strong, 'document')} at p ≤ 1e-6 so far`
    );
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
