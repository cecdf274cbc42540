// Put before a server by `--import`: from the first SIGUSR2 on, collects garbage in each turn of its event loop and notes the most memory that was in use
// then. SIGUSR2 prints that, as a line of JSON on standard error, with what is in use now, and begins anew.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

let most = 0;
let isOn = false;
let next;

function inUse(gc) {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  // The process ends by itself once it has nothing left to do, which this must not be.
  process.once('SIGTERM', () => clearImmediate(next));
  const turn = () => {
    most = Math.max(most, inUse(gc));
    next = setImmediate(turn);
  };
  process.on('SIGUSR2', () => {
    const now = inUse(gc);
    process.stderr.write(`${JSON.stringify({ memory: { most, now } })}\n`);
    most = 0;
    if (isOn) return;
    isOn = true;
    next = setImmediate(turn);
  });
}
