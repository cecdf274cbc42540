/** The program of the thread that renews a lock, also while the process's own thread is busy. */
import { closeSync, futimesSync, openSync, readFileSync } from 'node:fs';
import { codeOf } from '../files/write-whole.ts';
import { serveThread } from '../threads/serve-thread.ts';
import type { RenewalSetup } from './file-lock.ts';

/** A lock may be missing so often, as where somebody has moved it and puts it back. */
const MISSING_TIMES = 2;

await serveThread((setup: RenewalSetup) => {
  const lost = keep(setup);
  return { answer: () => lost };
});

/** Renews a lock for as long as it is this process's. */
function keep({ path, token, everyMs, renewed }: RenewalSetup): Promise<void> {
  const times = new Float64Array(renewed);
  let missing = 0;
  return new Promise((resolve) => {
    const timer = setInterval(renew, everyMs);
    renew();

    function renew(): void {
      const found = renewOwn(path, token, times);
      missing = found === 'missing' ? missing + 1 : found === 'own' ? 0 : missing;
      if (found === 'own' || found === 'unreadable') return;
      if (found === 'missing' && missing <= MISSING_TIMES) return;
      clearInterval(timer);
      resolve();
    }
  });
}

/** Reads whose the lock is, and renews it through the very file that was read where it is this process's: never another's. */
function renewOwn(
  path: string,
  token: string,
  times: Float64Array,
): 'own' | 'foreign' | 'missing' | 'unreadable' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r+');
    const holder = JSON.parse(readFileSync(file, 'utf8')) as { readonly token?: unknown };
    if (holder.token !== token) return 'foreign';
    const now = Date.now();
    futimesSync(file, now / 1000, now / 1000);
    times[0] = Number(process.hrtime.bigint()) / 1e6;
    times[1] = now;
    return 'own';
  } catch (error) {
    // Not renewed then, so that every check looks at the file itself.
    return codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
