/** The program of a thread that computes an ONNX model: onnxruntime-node keeps the thread that calls it busy. */
import { serveThread } from '@countermark/host';
import { type ModelSequence, WatermarkError } from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';

/** What the thread is asked; only steps have an answer, their logits. */
export type ThreadRequest =
  | { readonly kind: 'open' | 'close'; readonly sequence: number }
  | {
      readonly kind: 'append' | 'appendEach';
      readonly sequence: number;
      readonly tokenIds: Uint32Array;
    };

await serveThread(
  async (path: string) => {
    const model = await loadOnnxModel(path);
    const sequences = new Map<number, ModelSequence>();
    return {
      ready: model.logitCount,
      async answer(request: ThreadRequest): Promise<Float32Array | undefined> {
        const { sequence } = request;
        const open = sequences.get(sequence);
        switch (request.kind) {
          case 'open':
            sequences.set(sequence, model.open());
            return undefined;
          case 'close':
            await open?.close();
            sequences.delete(sequence);
            return undefined;
          default:
            if (open === undefined) throw new Error('the sequence is closed');
            return open[request.kind](request.tokenIds);
        }
      },
      close: () => model.close(),
    };
  },
  { WatermarkError },
);
