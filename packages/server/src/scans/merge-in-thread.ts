import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type AccountList, CorpusError, type CorpusErrorCode, type Passing } from '@countermark/corpus';
import type { Verdict } from '@countermark/detector';

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
  readonly accounts?: AccountList;
}

/** What the thread answers; an error that is not the corpus's ends it instead. */
export type MergeAnswer =
  | { readonly verdict: Verdict }
  | {
      readonly code: CorpusErrorCode;
      readonly message: string;
      readonly passing?: Passing | undefined;
    };

/**
 * Merges a scan's parts in a thread of its own: it may take minutes, and requests are not to wait for it.
 *
 * @throws {CorpusError} if the parts do not make a whole scan.
 */
export async function mergeInThread(setup: MergeSetup, signal: AbortSignal): Promise<Verdict> {
  signal.throwIfAborted();
  const worker = startThread(setup);
  try {
    const [answer] = (await once(worker, 'message', { signal })) as [MergeAnswer];
    if ('verdict' in answer) return answer.verdict;
    const { code, message, passing } = answer;
    throw new CorpusError(code, message, { passing });
  } finally {
    await worker.terminate();
  }
}

// From sources, in tests, the program is that of the build, and so are its imports: threads read no TypeScript.
function startThread(workerData: MergeSetup): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./merge-thread.js', import.meta.url), { workerData });
  }
  return new Worker(new URL('../../dist/scans/merge-thread.js', import.meta.url), {
    workerData,
    execArgv: [],
  });
}
