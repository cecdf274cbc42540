import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type LanguageModel, type ModelSequence, WatermarkError } from '@countermark/watermark';
import type { ThreadAnswer, ThreadRequest } from './onnx-thread.ts';

/** A model on a thread of its own; closing it frees the weights. */
interface ThreadedModel extends LanguageModel {
  /** Whether the thread has ended. */
  hasFailed(): boolean;
  close(): Promise<void>;
}

interface Call {
  resolve(logits: Float32Array): void;
  reject(error: Error): void;
}

/**
 * Loads an ONNX model on a thread, so that this one never waits for it. Where the thread ends by itself, every call is
 * answered by the same error, and the model has to be loaded anew.
 *
 * @param path the model file.
 * @throws {WatermarkError} `model-unreadable` if it cannot be loaded or is not a decoder with a cache.
 */
export async function loadThreadedModel(
  path: string,
  { contextLength }: { readonly contextLength?: number } = {},
): Promise<ThreadedModel> {
  // Without the conditions under which this process may run from sources.
  const worker = new Worker(threadFile(), { workerData: path, execArgv: [] });
  const logitCount = await start(worker);
  const calls = new Map<number, Call>();
  let numbers = 0;
  let isOver = false;

  function fail(error: Error): void {
    isOver = true;
    for (const call of calls.values()) call.reject(error);
    calls.clear();
  }

  worker.on('message', (answer: ThreadAnswer) => {
    if (!('call' in answer)) return;
    const call = calls.get(answer.call);
    calls.delete(answer.call);
    if ('logits' in answer) call?.resolve(answer.logits);
    else call?.reject(new Error(`the model failed: ${answer.fault}`));
  });
  worker.on('error', (cause) => fail(threadEnded({ cause })));
  worker.once('exit', () => fail(threadEnded()));

  function send(request: ThreadRequest): void {
    worker.postMessage(request);
  }

  function open(): ModelSequence {
    const sequence = numbers++;
    send({ kind: 'open', sequence });
    const ask =
      (kind: 'append' | 'appendEach') =>
      (tokenIds: Uint32Array): Promise<Float32Array> =>
        new Promise((resolve, reject) => {
          if (isOver) {
            reject(threadEnded());
            return;
          }
          const call = numbers++;
          calls.set(call, { resolve, reject });
          send({ kind, sequence, call, tokenIds });
        });
    return {
      append: ask('append'),
      appendEach: ask('appendEach'),
      close: async () => send({ kind: 'close', sequence }),
    };
  }

  return {
    logitCount,
    ...(contextLength === undefined ? {} : { contextLength }),
    open,
    hasFailed: () => isOver,
    async close() {
      if (isOver) return;
      const exit = once(worker, 'exit');
      send({ kind: 'end' });
      await exit;
    },
  };
}

async function start(worker: Worker): Promise<number> {
  try {
    const [answer] = (await once(worker, 'message')) as [{ readonly logitCount: number }];
    return answer.logitCount;
  } catch (cause) {
    // Errors lose their class between threads.
    throw new WatermarkError('model-unreadable', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

function threadEnded(options?: ErrorOptions): WatermarkError {
  return new WatermarkError('model-unreadable', "the model's thread ended", options);
}

// From sources, in tests, the program is that of the build: threads read no TypeScript.
function threadFile(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? '../dist/onnx-thread.js' : './onnx-thread.js',
    import.meta.url,
  );
}
