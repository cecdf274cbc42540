/** How much memory a test's process has in use, and with it the server that it started. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that are in use once garbage is collected. */
export function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The same once nothing more is let go of: what frees memory outside of the heap runs after a collection, and keeps some until the next. */
export async function settledBytesInUse(): Promise<number> {
  let least = bytesInUse();
  for (let unchanged = 0; unchanged < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = bytesInUse();
    unchanged = now < least - 2 ** 17 ? 0 : unchanged + 1;
    least = Math.min(least, now);
  }
  return least;
}
