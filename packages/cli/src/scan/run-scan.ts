import {
  formatManifest,
  type Manifest,
  manifestDigest,
  type Part,
  PartStore,
  runShards,
  type S3Access,
} from '@countermark/corpus';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import type { ScanKeys } from './open-scan.ts';
import { Progress } from './progress.ts';

/** How parts are made. */
export interface RunScan {
  readonly manifest: Manifest;
  readonly keys: ScanKeys;
  /** A directory that is there, or `s3://bucket/prefix`. */
  readonly parts: string;
  readonly s3?: S3Access;
  /** Numbers of the shards that are this task's. */
  readonly shards: readonly number[];
  readonly threads: number;
  /** Seconds that one document may take. */
  readonly timeLimit: number;
  readonly strict: boolean;
  /** Told each part that is there, in the order of the shards; returns whether the scan may stop. */
  readonly isEnough?: (part: Part) => boolean;
}

/**
 * Scans what is missing of a task's shards.
 *
 * @returns how many of the shards have parts now, from the first on: all, unless the evidence sufficed.
 */
export async function runScan(scan: RunScan): Promise<number> {
  const { manifest, keys, parts, s3, shards, threads, timeLimit, strict, isEnough } = scan;
  const store = new PartStore(parts, manifestDigest(manifest), s3);
  const missing: number[] = [];
  for (const shard of shards) if (!(await store.has(shard))) missing.push(shard);
  const bytes = missing.reduce((sum, shard) => sum + (manifest.shards[shard]?.bytes ?? 0), 0);
  const progress = new Progress(bytes);
  if (missing.length < shards.length) {
    progress.say(
      `${shards.length - missing.length} of ${counted(shards.length, 'shard')} ${shards.length - missing.length === 1 ? 'is' : 'are'} done already`,
    );
  }
  const stop = new AbortController();
  const evidence = isEnough && new Watch(store, shards, isEnough, (reason) => stop.abort(reason));
  await evidence?.look();
  if (missing.length > 0 && !stop.signal.aborted) {
    try {
      await interruptible((signal) =>
        runShards(
          {
            manifest: formatManifest(manifest),
            keyFiles: keys.keyFiles,
            tokenizers: keys.tokenizers,
            parts,
            ...(s3 === undefined ? {} : { s3 }),
            strict,
          },
          missing,
          {
            threads,
            timeLimitMs: 1000 * timeLimit,
            signal: AbortSignal.any([signal, stop.signal]),
            onProgress: (state) => progress.show(state),
            onRefused: (shard, { record, message }) =>
              progress.say(`shard ${shard}: record ${record + 1} ${message}; it is left out and reported`),
            onFinished: () => evidence?.lookMeanwhile(),
          },
        ),
      );
    } catch (error) {
      if (error !== ENOUGH) throw error;
    } finally {
      progress.end();
    }
  }
  await evidence?.look();
  return evidence?.enough ?? shards.length;
}

const ENOUGH = new Error('the evidence suffices');

/** Looks at finished shards in their order. */
class Watch {
  readonly #store: PartStore;
  readonly #shards: readonly number[];
  readonly #isEnough: (part: Part) => boolean;
  readonly #stop: (reason: unknown) => void;
  #next = 0;
  #looking: Promise<void> = Promise.resolve();
  /** How many shards were enough. */
  enough: number | undefined;

  constructor(
    store: PartStore,
    shards: readonly number[],
    isEnough: (part: Part) => boolean,
    stop: (reason: unknown) => void,
  ) {
    this.#store = store;
    this.#shards = shards;
    this.#isEnough = isEnough;
    this.#stop = stop;
  }

  /** Looks while nobody waits for it: a part that cannot be read ends the scan with that. */
  lookMeanwhile(): void {
    this.look().catch((error: unknown) => this.#stop(error));
  }

  /** @throws {Error} what a part could not be read for. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookOn());
    return this.#looking;
  }

  async #lookOn(): Promise<void> {
    for (;;) {
      const shard = this.#shards[this.#next];
      if (shard === undefined || this.enough !== undefined) return;
      const part = await this.#store.read(shard);
      if (part === undefined) return;
      this.#next++;
      if (this.#isEnough(part)) {
        this.enough = this.#next;
        this.#stop(ENOUGH);
      }
    }
  }
}
