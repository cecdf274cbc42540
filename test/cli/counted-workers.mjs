// Loaded before the command: counts the threads of tokenizers that a library reads, and says at the end how many are left.
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const { unref, terminate } = Worker.prototype;
let opened = 0;
const ended = new Set();

// Only a tokenizer's thread lets the process end without it.
Worker.prototype.unref = function () {
  opened++;
  return unref.call(this);
};
Worker.prototype.terminate = function () {
  ended.add(this);
  return terminate.call(this);
};
process.on('exit', () => writeSync(2, `tokenizers opened: ${opened}, closed: ${ended.size}\n`));
