// Prints the bytes that a tokenizer, and then a detector, add to the resident memory of this process.
import { Detector } from '@countermark/detector';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { mixedText } from './mixed-text.ts';

const text = mixedText();
const before = settle();
const tokenizer = await openTokenizer('o200k_base');
for (let i = 0; i < 5; i++) tokenizer.encode(text);
const withTokenizer = settle();
const { vocabSize, fingerprint } = tokenizer;
const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
const detector = new Detector([new WatermarkKey(params, new Uint8Array(32))], { tokenizers: [tokenizer] });
for (let i = 0; i < 5; i++) detector.detect(text);
const withDetector = settle();
process.stdout.write(
  JSON.stringify({ tokenizer: withTokenizer - before, detector: Math.max(1, withDetector - withTokenizer) }),
);
detector.close();
tokenizer.close();

function settle(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage.rss();
}
