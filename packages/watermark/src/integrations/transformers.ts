/**
 * A logits processor for Hugging Face transformers.js.
 */
import { LogitsProcessor, type Tensor } from '@huggingface/transformers';
import type { Generation } from '../generation/generation.ts';
import {
  createLogitsProcessor,
  type LogitsProcessor as ProcessLogits,
} from '../generation/logits-processor.ts';
import type { ResponseStarter, SteppedSampler } from '../generation/sampler.ts';
import type { GenerationOptions } from '../generation/watermarker.ts';

/**
 * Marks every response of one `generate` call; pass it in `logits_processor`.
 *
 * Temperature, top-k and top-p belong to `options.sampling`; the call itself decodes greedily (`do_sample: false`, one beam),
 * which takes the choice made here. Prompts of a batch must not be padded on the right.
 *
 * @example
 * const mark = new WatermarkLogitsProcessor(watermarker, { sampling: { topP: 0.9 } });
 * const processors = new LogitsProcessorList();
 * processors.push(mark);
 * await model.generate({ ...inputs, do_sample: false, logits_processor: processors });
 */
export class WatermarkLogitsProcessor<
  Options extends object = GenerationOptions,
  Response extends SteppedSampler = Generation,
> extends LogitsProcessor {
  readonly #watermarker: ResponseStarter<Options, Response>;
  readonly #options: Omit<Options, 'prompt'>;
  readonly #generations: Response[] = [];
  readonly #processors: ProcessLogits[] = [];

  /**
   * Prepares one `generate` call; make a new processor for the next.
   *
   * @param watermarker holds the key: a `Watermarker`, or an `ForeignWatermarker` to write another watermark.
   * @param options     account, sampling and randomness of the responses.
   */
  constructor(
    watermarker: ResponseStarter<Options, Response>,
    options: Omit<Options, 'prompt'> = {} as Omit<Options, 'prompt'>,
  ) {
    super();
    this.#watermarker = watermarker;
    this.#options = options;
  }

  /** The responses of the batch, in order; empty before the first step. */
  get generations(): readonly Response[] {
    return this.#generations;
  }

  /**
   * Leaves one token in each row.
   *
   * @param inputIds prompt and response so far, one row a sequence of the batch.
   * @param logits   float32 `[batch, vocab]`. Overwritten.
   * @returns `logits`.
   * @throws {TypeError} in a second `generate` call.
   */
  override _call(inputIds: bigint[][], logits: Tensor): Tensor {
    const width = logits.dims.at(-1) ?? 0;
    const data = logits.data as Float32Array;
    for (const [row, ids] of inputIds.entries()) {
      const process = this.#processors[row] ?? this.#start(ids);
      process(ids, data.subarray(row * width, (row + 1) * width));
    }
    return logits;
  }

  #start(promptIds: bigint[]): ProcessLogits {
    const generation = this.#watermarker.start({
      ...(this.#options as Options),
      prompt: promptIds.map(Number),
    });
    const process = createLogitsProcessor(generation, promptIds.length);
    this.#generations.push(generation);
    this.#processors.push(process);
    return process;
  }
}
