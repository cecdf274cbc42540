import type { ScanRunner } from '@countermark/corpus/driver';

interface Kept {
  readonly manifest: string;
  readonly runner: ScanRunner;
}

/** The threads of the scans that this process is on: they load keys and tokenizers once a scan, not once a lot of shards. */
export class ScanThreads {
  readonly #threads: number;
  readonly #kept = new Map<string, Kept>();

  /** @param threads most threads of a scan, integer ≥ 1. */
  constructor(threads: number) {
    this.#threads = threads;
  }

  /**
   * Finds the runner of a scan, or opens one.
   *
   * @param manifest digest of the scan's manifest.
   * @param open     opens one of so many threads; asked only where there is none.
   */
  async runnerOf(
    scan: string,
    manifest: string,
    open: (threads: number) => Promise<ScanRunner>,
  ): Promise<ScanRunner> {
    const kept = this.#kept.get(scan);
    if (kept?.runner.isOpen && kept.manifest === manifest) return kept.runner;
    await this.#close(scan);
    const runner = await open(this.#threads);
    this.#kept.set(scan, { manifest, runner });
    return runner;
  }

  /** Ends the threads of all scans but these. */
  async keepOnly(scans: ReadonlySet<string>): Promise<void> {
    await Promise.all(
      [...this.#kept.keys()].filter((scan) => !scans.has(scan)).map((scan) => this.#close(scan)),
    );
  }

  async #close(scan: string): Promise<void> {
    const kept = this.#kept.get(scan);
    this.#kept.delete(scan);
    await kept?.runner.close();
  }
}
