import { ProgramThread, programBeside, ThreadDied } from '@countermark/host';
import { type LanguageModel, type ModelSequence, WatermarkError } from '@countermark/watermark';
import type { ThreadRequest } from './onnx-thread.ts';

/** A model on a thread of its own; closing it frees the weights. */
interface ThreadedModel extends LanguageModel {
  /** Whether the thread has ended. */
  hasFailed(): boolean;
  close(): Promise<void>;
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
  const thread = new ProgramThread<ThreadRequest, Float32Array, number>(
    // Without the conditions under which this process may run from sources.
    { ...programBeside(import.meta.url, './onnx-thread.js'), execArgv: [] },
    path,
    { WatermarkError },
  );
  const logitCount = await thread.ready.catch((cause: unknown) => {
    throw new WatermarkError('model-unreadable', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  });
  let sequences = 0;

  function open(): ModelSequence {
    const sequence = sequences++;
    thread.tell({ kind: 'open', sequence });
    const ask =
      (kind: 'append' | 'appendEach') =>
      async (tokenIds: Uint32Array): Promise<Float32Array> => {
        try {
          return await thread.call({ kind, sequence, tokenIds });
        } catch (error) {
          throw failed(error);
        }
      };
    return {
      append: ask('append'),
      appendEach: ask('appendEach'),
      close: async () => thread.tell({ kind: 'close', sequence }),
    };
  }

  return {
    logitCount,
    ...(contextLength === undefined ? {} : { contextLength }),
    open,
    hasFailed: () => thread.isOver,
    close: () => thread.close(),
  };
}

function failed(error: unknown): Error {
  if (error instanceof ThreadDied) {
    return new WatermarkError('model-unreadable', "the model's thread ended", { cause: error.cause });
  }
  return new Error(`the model failed: ${error instanceof Error ? error.message : String(error)}`);
}
