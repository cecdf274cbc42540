// A program of a thread that does as it is told, and dies as late or as early as it is told: what the tests of threads are about.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { serveThread } from '@countermark/host';

/** An error with a code and details, as the packages' own are; the tests have the same class. */
export class CodedError extends Error {
  name = 'CodedError';
  constructor(code, message, { details } = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const { starts, dies, times = 1 } = workerData ?? {};
// Only so many threads die while they start; the next is well.
const mayDie = starts === undefined || Atomics.add(new Int32Array(starts), 0, 1) < times;
if (mayDie && dies === 'loading') throw new Error('no thread today');

/** How it dies, if it does. */
let diesNext;
const on = parentPort.on.bind(parentPort);
parentPort.on = (name, listener) =>
  on(name, (message) => {
    if (diesNext === 'by an error') throw new Error('late');
    if (diesNext) process.exit(1);
    listener(message);
  });
const post = parentPort.postMessage.bind(parentPort);

/** Ends the thread in the very moment in which its next message is posted. */
function dieOncePosted() {
  parentPort.postMessage = (message) => {
    post(message);
    process.exit(1);
  };
}

function stall(ms = Number.POSITIVE_INFINITY) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const acts = {
  answer: ({ value }) => value,
  'die once posted': ({ value }) => {
    dieOncePosted();
    return value;
  },
  'throw once posted': ({ value }) => {
    setImmediate(() => {
      throw new Error('late');
    });
    return value;
  },
  // The next message finds nobody to take it.
  'die before the next': ({ value, how = 'at once' }) => {
    diesNext = how;
    return value;
  },
  'die at': ({ piece, ends }, clock) => {
    clock.begin(piece);
    if (ends) clock.end();
    process.exit(1);
  },
  'throw at': ({ piece }, clock) => {
    clock.begin(piece);
    setImmediate(() => {
      throw new Error('uncaught');
    });
    return new Promise(() => undefined);
  },
  'stall at': ({ pieces, ms }, clock) => {
    for (const piece of pieces) clock.begin(piece);
    stall(ms);
    return 'done';
  },
  'die after': ({ piece, ms }, clock) => {
    clock.begin(piece);
    stall(ms);
    process.exit(1);
  },
  fail: ({ how }) => {
    if (how === 'coded') throw new CodedError('of-mine', 'it is said', { details: ['one', 'two'] });
    if (how === 'system') readFileSync('/nowhere/at-all');
    if (how === 'thrown string') throw 'a string';
    throw new TypeError('a fault');
  },
};

await serveThread(
  (setup) => {
    if (mayDie && dies === 'opening') process.exit(1);
    if (mayDie && dies === 'stalled') return new Promise(() => setInterval(() => undefined, 1000));
    if (mayDie && dies === 'refused')
      throw new CodedError('unfit', 'the setup is unfit', { details: ['why'] });
    return {
      ready: { setup: setup?.name },
      answer: (request, clock) => acts[request.act](request, clock),
      close: () => {
        if (dies === 'closing') process.exit(1);
        if (dies === 'closing loudly') throw new Error('not closed');
      },
    };
  },
  { CodedError },
);
