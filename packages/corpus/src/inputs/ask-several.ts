import { isUrl } from '../readers/bytes/open-source.ts';

/** Addresses that are asked at a time, and files: servers and disks are waited for, and not this machine. */
const AT_ONCE = { addresses: 16, files: 8 };

/**
 * Does work for each of several files, some at a time, and returns what it gave in the order of the files.
 *
 * Where work fails, no more is begun, and what is under way is waited for: the failure is that of the first file that failed, whichever
 * was answered first.
 *
 * @param onNext told each result, in the order of the files.
 * @param signal ends it with its reason, between two files.
 */
export async function askSeveral<T extends { readonly location: string }, R>(
  files: readonly T[],
  work: (file: T) => Promise<R>,
  {
    onNext,
    signal,
  }: { readonly onNext?: (result: R, at: number) => void; readonly signal?: AbortSignal } = {},
): Promise<R[]> {
  const results = new Map<number, R>();
  const failures = new Map<number, unknown>();
  let begun = 0;
  let told = 0;
  const lane = async (): Promise<void> => {
    while (begun < files.length && failures.size === 0) {
      const at = begun++;
      try {
        signal?.throwIfAborted();
        results.set(at, await work(files[at] as T));
        for (; results.has(told); told++) onNext?.(results.get(told) as R, told);
      } catch (error) {
        failures.set(at, error);
      }
    }
  };
  const lanes = files.some(({ location }) => isUrl(location)) ? AT_ONCE.addresses : AT_ONCE.files;
  await Promise.all(Array.from({ length: Math.min(lanes, files.length) }, lane));
  signal?.throwIfAborted();
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return files.map((_, at) => results.get(at) as R);
}
