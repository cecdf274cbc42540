import { type Normalization, normalizeBy } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { leastTuples, PUBLIC_ALPHA, publicDetection } from '../public-tier/public-detection.ts';
import { hashTuples, type TupleHashes } from '../public-tier/tuple-hashes.ts';
import type { DetectTools } from './detect.ts';
import type { Document, PublicDetectAnswer, PublicDetectTask } from './task.ts';

/** Tests a document for anybody, for the keys for which it is long enough. */
export function publicDetect(task: PublicDetectTask, tools: DetectTools): PublicDetectAnswer {
  const { document, normalization, untested } = task;
  const { ring, keys, tokenizers } = tools;
  const tuples = tuplesByReading(task, tools);
  const tested = keys.filter(
    (key) => (tuples.get(readingOf(key))?.different ?? 0) >= leastTuples(key.params),
  );
  const minTokens = Math.min(...keys.map(({ params }) => leastTuples(params)));
  const detection =
    tested.length === 0
      ? undefined
      : ring.detector(tested, { tokenizers, normalization, alpha: PUBLIC_ALPHA }).detect(document);
  const answer = publicDetection(detection, minTokens);
  const readings = new Set(tested.map(readingOf));
  return {
    json: JSON.stringify(untested === 0 ? answer : { ...answer, untested }),
    verdict: answer.verdict,
    question: [...readings].flatMap((reading) => tuples.get(reading)?.smallest ?? []),
  };
}

/** Hashes a document's tuples, once for each way in which the keys read it. */
function tuplesByReading(
  { document, normalization, salt }: PublicDetectTask,
  { keys, tokenizers }: DetectTools,
): Map<string, TupleHashes> {
  const read = reader(document, normalization, tokenizers);
  const readings = new Map<string, TupleHashes>();
  for (const key of keys) {
    const reading = readingOf(key);
    if (!readings.has(reading)) readings.set(reading, hashTuples(read(key), key.params, salt));
  }
  return readings;
}

/** Returns what gives a document's token ids under a key, each tokenizer asked once. */
function reader(
  document: Document,
  normalization: Normalization,
  tokenizers: readonly Tokenizer[],
): (key: WatermarkKey) => Uint32Array {
  if (typeof document !== 'string') return () => document;
  const { text } = normalizeBy(document, normalization);
  const read = new Map<string, Uint32Array>();
  return ({ params: { tokenizer } }) => {
    const { fingerprint } = tokenizer;
    const tokenIds =
      read.get(fingerprint) ??
      tokenizers.find((candidate) => candidate.fingerprint === fingerprint)?.encode(text);
    if (tokenIds === undefined) throw new Error('the tokenizer of a key was not opened');
    read.set(fingerprint, tokenIds);
    return tokenIds;
  };
}

function readingOf({ params: { contextWidth, tokenizer } }: WatermarkKey): string {
  return `${tokenizer.fingerprint} ${contextWidth}`;
}
