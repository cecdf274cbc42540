import type { RunState } from '@countermark/corpus/driver';
import { counted, withCommas } from '../counted.ts';
import { say } from '../output.ts';

const LOG_EVERY_MS = 10_000;
/** Columns of a terminal that does not say how many it has. */
const COLUMNS = 80;
/** Narrower terminals show the short form throughout. */
const LONG_COLUMNS = 120;
/** Back to the start of the line, which is wiped. */
const WIPE = '\r\u001b[K';

/** What is told: `strong` where documents are scored. */
export type ShownState = Omit<RunState, 'strong'> & Partial<Pick<RunState, 'strong'>>;

/** Tells how a scan goes: a line that is written over on a terminal, plain lines now and then in a log. */
export class Progress {
  readonly #started = Date.now();
  // A terminal that calls itself dumb cannot wipe a line.
  readonly #isTerminal = process.stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  readonly #totalBytes: number;
  #last = 0;
  #isOpen = false;

  /** @param totalBytes of the shards that are to be scanned now; 0 if nobody knows. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Shows where the scan is. */
  show(state: ShownState): void {
    const now = Date.now();
    if (this.#isTerminal) {
      process.stderr.write(`${WIPE}${this.#fit(state, now, process.stderr.columns || COLUMNS)}`);
      this.#isOpen = true;
    } else if (now - Math.max(this.#last, this.#started) >= LOG_EVERY_MS) {
      this.#last = now;
      say(this.#line(state, now, false));
    }
  }

  /** Says something without breaking the line. */
  say(line: string): void {
    if (this.#isOpen) process.stderr.write(WIPE);
    this.#isOpen = false;
    say(line);
  }

  /** Leaves the line as it is. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\n');
    this.#isOpen = false;
  }

  /** A line that wraps is more than can be wiped. */
  #fit(state: ShownState, now: number, columns: number): string {
    const long = this.#line(state, now, false);
    if (columns >= LONG_COLUMNS && long.length < columns) return long;
    const short = this.#line(state, now, true);
    return short.length < columns ? short : `${short.slice(0, Math.max(0, columns - 2))}…`;
  }

  #line(state: ShownState, now: number, isShort: boolean): string {
    const { finished, shards, documents, tokens, bytes, strong } = state;
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const done = this.#totalBytes > 0 ? Math.min(1, bytes / this.#totalBytes) : finished / shards;
    const left = done > 0.01 && done < 1 ? `, ${duration((seconds / done) * (1 - done))} left` : '';
    // What is read is not yet scanned: a row group of Parquet is read at once.
    const percent = finished === shards ? 100 : Math.min(99, Math.floor(100 * done));
    const number = isShort ? rounded : withCommas;
    return [
      `${percent} %${finished === shards ? '' : left}: ${isShort ? '' : `${finished} of ${counted(shards, 'shard')}, `}` +
        `${number(documents)} ${documents === 1 ? 'document' : 'documents'}`,
      ...(strong === undefined ? [] : [`${number(strong)} ${isShort ? '' : 'of them '}at p ≤ 1e-6`]),
      `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`,
      `${number(tokens / seconds)} tokens/s`,
    ].join(', ');
  }
}

const THREE_DIGITS = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** Writes a number in few letters: `1.23M`. */
function rounded(value: number): string {
  return THREE_DIGITS.format(Math.round(value));
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
