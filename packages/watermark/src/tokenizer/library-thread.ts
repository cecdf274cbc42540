import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { WatermarkError } from '../errors.ts';

const LIBRARY = '@anush008/tokenizers';
const PATIENCE_MS = 600_000;

/** What the library made of a text: token ids, and of each the code point at which it starts. */
interface LibraryEncoding {
  readonly tokenIds: Uint32Array;
  readonly starts: Uint32Array;
}

/** The library on a thread of its own: its calls are asynchronous, and these are not. */
export interface LibraryThread {
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
 * @param added tokens on whose ids the library must agree.
 * @throws {WatermarkError} `tokenizer-unavailable` if the library is not installed or has no build for this
 *   platform; `tokenizer-unreadable` if it refuses the file.
 */
export function startLibrary(json: string, added: readonly ExpectedToken[]): LibraryThread {
  const path = libraryPath();
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { port: port2, bell },
    transferList: [port2],
  });
  worker.unref();

  const ask = (request: Request): Answer => {
    Atomics.store(bell, 0, 0);
    port1.postMessage(request);
    Atomics.wait(bell, 0, 0, PATIENCE_MS);
    const received: { readonly message: Answer } | undefined = receiveMessageOnPort(port1);
    return received?.message ?? { fault: 'no answer' };
  };
  const close = (): void => {
    port1.close();
    void worker.terminate();
  };

  const loaded = ask({ kind: 'load', path });
  const opened = 'fault' in loaded ? loaded : ask({ kind: 'open', json, added });
  if ('fault' in opened) {
    close();
    throw 'fault' in loaded
      ? unavailable(`which failed: ${loaded.fault}`)
      : new WatermarkError('tokenizer-unreadable', `the library "${LIBRARY}" refuses it: ${opened.fault}`);
  }
  return {
    encode(text) {
      const answer = ask({ kind: 'encode', text });
      if ('fault' in answer) throw unavailable(`which failed: ${answer.fault}`);
      return answer.result as LibraryEncoding;
    },
    close,
  };
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
