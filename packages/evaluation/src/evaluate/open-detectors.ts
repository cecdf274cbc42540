import { type Detection, Detector } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Answer } from '../answers/answer.ts';
import type { ReadAs } from '../attacks/attack.ts';
import { READING_OPTIONS } from './readings.ts';

/** How answers are tested. */
export interface EvaluationOptions {
  /** The keys' tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Level, 0 < alpha < 1 (default 1e-6). */
  readonly alpha?: number;
  /** Fewer scored tokens are inconclusive (default 50). */
  readonly minTokens?: number;
  /** Decides every random choice of the attacks. */
  readonly seed: string;
}

/** Tests a document with a key, in one of the ways to read it, until it is closed. */
export interface Detect {
  (key: WatermarkKey, reading: ReadAs, document: Answer): Detection;
  close(): void;
}

/** Returns what tests documents, with a detector for each key and reading that is opened when it is first needed. */
export function openDetectors({ tokenizer, alpha, minTokens }: EvaluationOptions): Detect {
  const detectors = new Map<string, Detector>();
  const detect = (key: WatermarkKey, reading: ReadAs, document: Answer): Detection => {
    const name = `${key.keyId} ${reading}`;
    const detector =
      detectors.get(name) ??
      new Detector([key], {
        tokenizers: [tokenizer],
        ...(alpha === undefined ? {} : { alpha }),
        ...(minTokens === undefined ? {} : { minTokens }),
        ...READING_OPTIONS[reading],
      });
    detectors.set(name, detector);
    return detector.detect(reading === 'ids' ? document.tokenIds : document.text);
  };
  return Object.assign(detect, {
    close: () => {
      for (const detector of detectors.values()) detector.close();
    },
  });
}
