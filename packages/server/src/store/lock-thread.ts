/** The program of the thread that renews a directory's lock, also while the process's own thread is busy. */
import { closeSync, futimesSync, openSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '@countermark/host/files';
import type { RenewalSetup } from './directory-lock.ts';

/** A lock may be missing so often, as where somebody has moved it and puts it back. */
const MISSING_TIMES = 2;

const { path, token, everyMs, renewed } = workerData as RenewalSetup;
const times = new Float64Array(renewed);
let missing = 0;

renew();
const timer = setInterval(renew, everyMs);

function renew(): void {
  const found = read();
  if (found === 'missing' && ++missing <= MISSING_TIMES) return;
  if (found === 'own' || found === 'unreadable') return;
  clearInterval(timer);
  parentPort?.postMessage('lost');
}

/** Reads whose the lock is, and renews it through the very file that was read where it is this process's: never another's. */
function read(): 'own' | 'foreign' | 'missing' | 'unreadable' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r+');
    const holder = JSON.parse(readFileSync(file, 'utf8')) as { readonly token?: unknown };
    if (holder.token !== token) return 'foreign';
    const now = Date.now();
    futimesSync(file, now / 1000, now / 1000);
    times[0] = Number(process.hrtime.bigint()) / 1e6;
    times[1] = now;
    missing = 0;
    return 'own';
  } catch (error) {
    // Not renewed then, so that every check looks at the file itself.
    return codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
