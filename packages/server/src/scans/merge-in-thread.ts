import { CORPUS_ERRORS } from '@countermark/corpus/driver';
import type { Verdict } from '@countermark/detector';
import { programBeside, ThreadPool } from '@countermark/host';
import type { ChosenAccounts } from '../accounts/chosen-accounts.ts';

/** What is merged. Stays inside the process: it holds secrets. */
export interface MergeSetup {
  /** Text of the manifest's file. */
  readonly manifest: string;
  /** Texts of the key files. */
  readonly keyFiles: readonly string[];
  /** Names or paths of tokenizers. */
  readonly tokenizers: readonly string[];
  /** Where the parts are. */
  readonly parts: string;
  /** Where the result goes. */
  readonly directory: string;
  /** Where uploads are: their files are called by their names alone. */
  readonly uploads: string;
  readonly accounts?: ChosenAccounts & { readonly alpha: number };
}

/**
 * Merges a scan's parts in a thread of its own: it may take minutes, and requests are not to wait for it.
 *
 * @throws as `finishScan` does; the signal's reason.
 */
export async function mergeInThread(setup: MergeSetup, signal: AbortSignal): Promise<Verdict> {
  const thread = new ThreadPool<object, Verdict>(programBeside(import.meta.url, './merge-thread.js'), setup, {
    threads: 1,
    classes: CORPUS_ERRORS,
  });
  try {
    return await thread.run({}, { signal });
  } finally {
    await thread.close();
  }
}
