// Put before a server by `--import`: measures each turn of its event loop in CPU time of the main thread, which other work on the machine does not
// lengthen. SIGUSR2 prints the longest turn since the last, as a line of JSON on standard error, and begins anew.
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const cpuMs = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;

// Fixed work whose time says how fast this machine is.
function yardstickMs() {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const started = cpuMs();
    let x = i;
    for (let j = 0; j < 40_000_000; j++) x = Math.imul(x ^ j, 0x9e3779b1);
    if (x === 0.5) throw new Error('not an integer');
    least = Math.min(least, cpuMs() - started);
  }
  return least;
}

let longestMs = 0;
let last = 0;
let isOn = false;
let next;

// The process ends by itself once it has nothing left to do, which this must not be.
process.once('SIGTERM', () => clearImmediate(next));

function turn() {
  longestMs = Math.max(longestMs, cpuMs() - last);
  next = setImmediate(turn);
  last = cpuMs();
}

if (isMainThread) {
  const yardstick = yardstickMs();
  process.on('SIGUSR2', () => {
    process.stderr.write(`${JSON.stringify({ probe: { longestMs, yardstick } })}\n`);
    longestMs = 0;
    last = cpuMs();
    if (isOn) return;
    isOn = true;
    next = setImmediate(turn);
  });
}
