/** The program of a thread that computes an ONNX model: onnxruntime-node keeps the thread that calls it busy. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ModelSequence } from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';

/** What the thread is asked. */
export type ThreadRequest =
  | { readonly kind: 'open'; readonly sequence: number }
  | { readonly kind: 'close'; readonly sequence: number }
  | {
      readonly kind: 'append' | 'appendEach';
      readonly sequence: number;
      readonly call: number;
      readonly tokenIds: Uint32Array;
    }
  | { readonly kind: 'end' };

/** What it answers: that it is ready, then one answer a call. */
export type ThreadAnswer =
  | { readonly logitCount: number }
  | { readonly call: number; readonly logits: Float32Array }
  | { readonly call: number; readonly fault: string };

const port = parentPort;
if (port === null) throw new Error('not a thread');
const model = await loadOnnxModel(String(workerData));
const sequences = new Map<number, ModelSequence>();

port.on('message', (request: ThreadRequest) => void answer(request));
send({ logitCount: model.logitCount });

async function answer(request: ThreadRequest): Promise<void> {
  if (request.kind === 'end') {
    port?.close();
    await model.close();
    return;
  }
  const { sequence } = request;
  switch (request.kind) {
    case 'open':
      sequences.set(sequence, model.open());
      break;
    case 'close':
      await sequences.get(sequence)?.close();
      sequences.delete(sequence);
      break;
    default:
      await append(request.kind, sequence, request.call, request.tokenIds);
  }
}

async function append(
  kind: 'append' | 'appendEach',
  sequence: number,
  call: number,
  tokenIds: Uint32Array,
): Promise<void> {
  try {
    const logits = await sequences.get(sequence)?.[kind](tokenIds);
    if (logits === undefined) throw new Error('the sequence is closed');
    send({ call, logits });
  } catch (error) {
    send({ call, fault: error instanceof Error ? error.message : String(error) });
  }
}

function send(message: ThreadAnswer): void {
  port?.postMessage(message);
}
