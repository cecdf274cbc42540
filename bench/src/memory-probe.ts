// Prints the resident bytes of this process after it tokenized a text (argument `tokenizer`) or tested it (`detector`).
import { Detector } from '@countermark/detector';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { mixedText } from './mixed-text.ts';

const DOCUMENT = 20_000;
const ROUNDS = 5;

const text = mixedText();
const tokenizer = await openTokenizer('o200k_base');
const { vocabSize, fingerprint } = tokenizer;
const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
const key = new WatermarkKey(params, new Uint8Array(32));
const detector =
  process.argv[2] === 'detector' ? new Detector([key], { tokenizers: [tokenizer] }) : undefined;
for (let round = 0; round < ROUNDS; round++) {
  for (let start = 0; start < text.length; start += DOCUMENT) {
    const document = text.slice(start, start + DOCUMENT);
    if (detector === undefined) tokenizer.encode(document);
    else detector.detect(document);
  }
}
for (let i = 0; i < 3; i++) globalThis.gc?.();
process.stdout.write(String(process.memoryUsage.rss()));
