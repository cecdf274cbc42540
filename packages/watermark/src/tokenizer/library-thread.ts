import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { WatermarkError } from '../errors.ts';

const LIBRARY = '@anush008/tokenizers';
const PATIENCE_MS = 600_000;
const NO_ANSWER: Answer = { fault: `no answer within ${PATIENCE_MS / 1000} s` };

/** What the library made of a text: token ids, and of each the code point at which it starts. */
interface LibraryEncoding {
  readonly tokenIds: Uint32Array;
  readonly starts: Uint32Array;
}

/** The library on a thread of its own: its calls are asynchronous, and these are not. */
export interface LibraryThread {
  /** @throws {WatermarkError} `tokenizer-refused` if the library cannot encode the text, or not in time. */
  encode(text: string): LibraryEncoding;
  close(): void;
}

type Request =
  | { readonly kind: 'load'; readonly path: string }
  | { readonly kind: 'open'; readonly json: string; readonly added: readonly ExpectedToken[] }
  | { readonly kind: 'encode'; readonly text: string };
type Answer = { readonly result: unknown } | { readonly fault: string };

interface ExpectedToken {
  readonly id: number;
  readonly content: string;
}

// The thread's program: text and not a module, so that it runs from sources and from a build alike. Whoever
// asked sleeps on `bell` until the answer lies in the port.
const PROGRAM = `
const { port, bell } = require('node:worker_threads').workerData;
let library, tokenizer;
const handlers = {
  load({ path }) {
    library = require(path);
  },
  open({ json, added }) {
    tokenizer = library.Tokenizer.fromString(json);
    const stray = added.find(({ id, content }) => tokenizer.tokenToId(content) !== id);
    if (stray !== undefined) throw new Error('added token ' + stray.id + ' would get another id');
  },
  async encode({ text }) {
    const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
    const starts = Uint32Array.from(encoding.getOffsets(), ([start]) => start);
    return { tokenIds: Uint32Array.from(encoding.getIds()), starts };
  },
};
port.on('message', async (request) => {
  let answer;
  try {
    answer = { result: await handlers[request.kind](request) };
  } catch (error) {
    answer = { fault: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer);
  Atomics.store(bell, 0, 1);
  Atomics.notify(bell, 0);
});`;

/**
 * Starts the library on a tokenizer.json; the calling thread waits for it, as for every encoding.
 *
 * A text that it takes too long for costs the library its thread, and the next text starts another: an answer that
 * comes late would be taken for that of the text after it.
 *
 * @param added tokens on whose ids the library must agree.
 * @throws {WatermarkError} `tokenizer-unavailable` if the library is not installed or has no build for this
 *   platform; `tokenizer-unreadable` if it refuses the file.
 */
export function startLibrary(json: string, added: readonly ExpectedToken[]): LibraryThread {
  const path = libraryPath();
  let thread: AskedThread | undefined = openThread(path, json, added);
  return {
    encode(text) {
      thread ??= openThread(path, json, added);
      const answer = thread.ask({ kind: 'encode', text });
      if (answer === undefined) {
        thread.end();
        thread = undefined;
        throw refused(`did not answer within ${PATIENCE_MS / 1000} s`);
      }
      if ('fault' in answer) throw refused(`failed: ${faultInWords(answer.fault)}`);
      return answer.result as LibraryEncoding;
    },
    close() {
      thread?.end();
      thread = undefined;
    },
  };
}

/** A thread that answers one request at a time. */
interface AskedThread {
  /** Returns the answer, or `undefined` if none came in time: the thread is then to be ended. */
  ask(request: Request): Answer | undefined;
  end(): void;
}

function openThread(path: string, json: string, added: readonly ExpectedToken[]): AskedThread {
  const thread = startThread();
  const loaded = thread.ask({ kind: 'load', path }) ?? NO_ANSWER;
  const opened = 'fault' in loaded ? loaded : (thread.ask({ kind: 'open', json, added }) ?? NO_ANSWER);
  if (!('fault' in opened)) return thread;
  thread.end();
  throw 'fault' in loaded
    ? unavailable(`which failed: ${loaded.fault}`)
    : new WatermarkError('tokenizer-unreadable', `the library "${LIBRARY}" refuses it: ${opened.fault}`);
}

function startThread(): AskedThread {
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { port: port2, bell },
    transferList: [port2],
  });
  worker.unref();
  return {
    ask(request) {
      Atomics.store(bell, 0, 0);
      port1.postMessage(request);
      if (Atomics.wait(bell, 0, 0, PATIENCE_MS) === 'timed-out') return undefined;
      return receiveMessageOnPort(port1)?.message as Answer | undefined;
    },
    end() {
      port1.close();
      void worker.terminate();
    },
  };
}

// What the library says of a text. Only sentences known to hold nothing of the text are passed on.
const KNOWN_FAULTS = [
  /^Word(Level|Piece) error: Missing \[UNK\] token from the vocabulary$/,
  /^Encountered an unknown token but `unk_id` is missing$/,
  /^Unk token `.{0,100}` not found in the vocabulary$/u,
];

function faultInWords(fault: string): string {
  return KNOWN_FAULTS.some((known) => known.test(fault)) ? fault : 'for a reason that may quote the text';
}

function refused(reason: string): WatermarkError {
  return new WatermarkError('tokenizer-refused', `the library "${LIBRARY}" ${reason}`);
}

function libraryPath(): string {
  try {
    return createRequire(import.meta.url).resolve(LIBRARY);
  } catch (cause) {
    throw unavailable('which is not installed', cause);
  }
}

function unavailable(reason: string, cause?: unknown): WatermarkError {
  return new WatermarkError(
    'tokenizer-unavailable',
    `a tokenizer.json of this kind needs the package "${LIBRARY}", ${reason}`,
    { cause },
  );
}
