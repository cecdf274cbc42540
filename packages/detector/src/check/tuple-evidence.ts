/** What a result rests on, token by token: for whoever is to check it without the key (docs/evidence.md). */
import type { WatermarkKey, WatermarkParams } from '@countermark/watermark/scheme';
import type { ReportedDetection } from '../detect/detector.ts';
import { tokensDigest } from '../finding/finding.ts';
import { scoredPositions, scoredWords } from '../score/scored-words.ts';

/**
 * The scored tuples of a document under one key.
 *
 * It tells which tokens carry the mark, and the words of these tuples: whoever has it can write these very tuples into another text.
 * It tells neither the key nor the word of any other tuple, as BLAKE3 promises.
 */
export interface TupleEvidence {
  /** The key that the words are said to be of. */
  readonly keyId: string;
  /** The key's public parameters. */
  readonly parameters: WatermarkParams;
  /** SHA-256 of the document's token ids, as {@link tokensDigest} has it. */
  readonly tokens: string;
  /** Where the scored tokens are among the document's tokens, counted from 0, ascending `[scored]`. */
  readonly positions: readonly number[];
  /** Their words, 0 … 2^32 − 1 `[scored]`: spec.md section 3. */
  readonly words: readonly number[];
}

/**
 * Lists the tuples that a detection scored under the key with the strongest evidence.
 *
 * @param traced of `Detector.trace`.
 * @param key    that key.
 * @throws {RangeError} if it is another.
 */
export function tupleEvidence(traced: ReportedDetection, key: WatermarkKey): TupleEvidence {
  const { detection, tokenIds } = traced;
  if (key.keyId !== detection.keyId) {
    throw new RangeError(
      `"key" expected the key with the strongest evidence, ${detection.keyId}, got another`,
    );
  }
  return {
    keyId: key.keyId,
    parameters: key.params,
    tokens: tokensDigest(tokenIds),
    positions: Array.from(scoredPositions(traced)),
    words: Array.from(scoredWords(traced)),
  };
}
