import { Detector } from '@countermark/detector';
import { createParams, type SchemeParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { benchKey, LARGE_VOCABULARY, textLikeIds } from '../fixtures.ts';
import { measure } from '../measure.ts';
import { mixedText } from '../mixed-text.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const DOCUMENT = 500;
const DOCUMENTS = 40;

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
    const copy = new Uint32Array(DOCUMENT);
    const { detect, read } = measure({
      detect: () => {
        for (const document of documents) detector.detect(document);
        return DOCUMENTS * DOCUMENT;
      },
      read: () => {
        for (const document of documents) for (let i = 0; i < DOCUMENT; i++) copy[i] = document[i]!;
        return DOCUMENTS * DOCUMENT;
      },
    });
    detector.close();
    return atLeast(
      `detection of token ids, ${scheme.kind}`,
      detect.perSecond / 1e6,
      'million tokens/s',
      5,
      'copying the ids one by one',
      detect.perSecond / read.perSecond,
    );
  });
  return rows;
}

/** Detection of text against tokenizing it and nothing else. */
export async function textDetectionRows(): Promise<Row[]> {
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize, fingerprint } = tokenizer;
  const params = createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } });
  const detector = new Detector([new WatermarkKey(params, new Uint8Array(32))], { tokenizers: [tokenizer] });
  const text = mixedText();
  const { detect, tokenize } = measure({
    detect: () => {
      detector.detect(text);
      return text.length;
    },
    tokenize: () => {
      tokenizer.encode(text);
      return text.length;
    },
  });
  const times = detect.seconds / tokenize.seconds;
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
