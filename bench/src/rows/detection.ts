import { Detector } from '@countermark/detector';
import { createParams, type SchemeParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { blake3 } from '@noble/hashes/blake3.js';
import { benchKey, LARGE_VOCABULARY, textLikeIds } from '../fixtures.ts';
import { measure, timesAsLong } from '../measure.ts';
import { mixedText } from '../mixed-text.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const DOCUMENT = 500;
const DOCUMENTS = 40;
// Characters of a text document.
const TEXT_DOCUMENT = 20_000;

/** Whole detections of token ids, with headers, deduplication, scores and p-values, in documents of 500. */
export function idDetectionRows(): Row[] {
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => textLikeIds(DOCUMENT, LARGE_VOCABULARY, i));
  const schemes: SchemeParams[] = [
    { kind: 'gumbel' },
    { kind: 'green-list', gamma: 0.25, delta: 2 },
    { kind: 'tournament', depth: 30 },
  ];
  const rows = schemes.map((scheme) => {
    const detector = new Detector([benchKey(LARGE_VOCABULARY, scheme)]);
    const { detect, noble } = measure({
      detect: () => {
        for (const document of documents) detector.detect(document);
        return DOCUMENTS * DOCUMENT;
      },
      noble: () => hashByNoble(documents[0]!),
    });
    detector.close();
    return atLeast(
      `detection of token ids, ${scheme.kind}`,
      detect.perSecond / 1e6,
      'million tokens/s',
      5,
      'the headers and half the words by @noble/hashes',
      timesAsLong(noble, detect),
    );
  });
  return rows;
}

// The keyed hashing alone that a document needs: a header for each context, and a word where it is scored.
function hashByNoble(tokenIds: Uint32Array): number {
  const bytes = new Uint8Array(tokenIds.buffer, tokenIds.byteOffset, tokenIds.byteLength);
  const key = new Uint8Array(32).fill(5);
  const contexts = tokenIds.length - 4;
  for (let i = 0; i < contexts; i++) {
    blake3(bytes.subarray(4 * i, 4 * i + 16), { key, dkLen: i % 2 === 0 ? 64 : 128 });
  }
  return tokenIds.length;
}

/** Detection of text against tokenizing it and nothing else. */
export async function textDetectionRows(): Promise<Row[]> {
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize, fingerprint } = tokenizer;
  const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
  const detector = new Detector([new WatermarkKey(params, new Uint8Array(32))], { tokenizers: [tokenizer] });
  const documents = cut(mixedText(), TEXT_DOCUMENT);
  const characters = documents.reduce((sum, { length }) => sum + length, 0);
  const { detect, tokenize } = measure({
    detect: () => {
      for (const document of documents) detector.detect(document);
      return characters;
    },
    tokenize: () => {
      for (const document of documents) tokenizer.encode(document);
      return characters;
    },
  });
  const times = timesAsLong(detect, tokenize);
  detector.close();
  const hostile = 'a'.repeat(1_000_000);
  const started = performance.now();
  tokenizer.encode(hostile);
  const seconds = (performance.now() - started) / 1000;
  tokenizer.close();
  const ordinary = tokenize.seconds * hostile.length;
  return [
    atMost(
      'detection of text against tokenizing alone',
      times,
      'times',
      1.3,
      'o200k_base encode of the same text',
      1 / times,
    ),
    atMost(
      'tokenizing 1 MB of one letter',
      seconds,
      's',
      5,
      'o200k_base encode of 1 MB of mixed text',
      ordinary / seconds,
    ),
  ];
}

function cut(text: string, length: number): string[] {
  const count = Math.ceil(text.length / length);
  return Array.from({ length: count }, (_, i) => text.slice(i * length, (i + 1) * length));
}
