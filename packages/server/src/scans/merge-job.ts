import { formatManifest } from '@countermark/corpus';
import { readPlan } from '@countermark/corpus/driver';
import type { Verdict } from '@countermark/detector';
import type { AccountRegister } from '../accounts/account-register.ts';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { type MergeSetup, mergeInThread } from './merge-in-thread.ts';
import { openKeyFiles } from './open-keys.ts';
import type { ScanDirectories } from './scan-directory.ts';
import type { ScanRequest } from './scan-request.ts';
import type { Scans } from './scan-store.ts';

/** What merging needs. */
export interface MergeParts {
  readonly scans: Scans;
  readonly queue: JobQueue;
  readonly keys: WatermarkKeys;
  readonly register: AccountRegister;
  readonly tokenizers: TokenizerList;
  readonly directories: ScanDirectories;
}

/** Merges the parts of a scan into its result, and removes what is not needed any more: uploads and parts. */
export async function mergeJob(job: Job, parts: MergeParts, signal: AbortSignal): Promise<void> {
  const { scans, queue, keys, tokenizers, directories } = parts;
  const id = job.subject;
  const scan = await scans.find(id);
  let verdict: Verdict | undefined;
  if (scan?.status === 'merging') {
    const directory = directories.of(id);
    const manifest = await readPlan(directory, scan.manifest);
    const keyIds = manifest.keys.map(({ keyId }) => keyId);
    const accounts = await accountsOf(scan.request, parts.register);
    const { keyFiles, tokenizerNames } = await openKeyFiles(keys, keyIds);
    verdict = await mergeInThread(
      {
        manifest: formatManifest(manifest),
        keyFiles,
        tokenizers: tokenizers.locationsOf(tokenizerNames),
        parts: directories.parts(id),
        directory,
        uploads: directories.input(id),
        ...(accounts === undefined ? {} : { accounts }),
      },
      signal,
    );
  }
  const merged = verdict;
  let isDone = false;
  const isThere = await scans.change(id, async ({ status }, tx) => {
    await queue.complete(tx, [job]);
    isDone = status === 'merging' || status === 'done';
    return status === 'merging' && merged !== undefined ? { status: 'done', verdict: merged } : undefined;
  });
  if (isThere !== undefined && isDone) await directories.removeWork(id);
  // It was cancelled meanwhile.
  else if (merged !== undefined) await directories.removeAll(id);
}

// Registered accounts are those of now, and corrected for all that were issued by now. Where the last was removed, none is traced.
async function accountsOf(
  { accounts }: ScanRequest,
  register: AccountRegister,
): Promise<MergeSetup['accounts']> {
  if (accounts === undefined) return undefined;
  const { ids, issued, alpha } = accounts;
  if (ids !== undefined) return { ids, issued, alpha };
  const { bytes, ends, issued: ever } = await register.current();
  return ends.length === 0 ? undefined : { ids: { bytes, ends }, issued: Math.max(issued, ever), alpha };
}
