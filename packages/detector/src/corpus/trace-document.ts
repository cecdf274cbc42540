import { WatermarkError, type WatermarkKey } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { TokenReport } from '../detect/token-report.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { concatenated } from '../read/token-ids.ts';
import { locateRegions } from '../regions/locate-regions.ts';
import type { Region } from '../regions/region.ts';
import { scoredDocument } from '../regions/scored-document.ts';
import { Scorer, TOKEN_STATUSES } from '../score/scorer.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');

/** What each token of a document of a corpus was, and which parts carry the mark. */
export interface ReportedCorpusDocument {
  readonly trace: TokenReport;
  readonly regions: readonly Region[];
}

/**
 * Says what each token of a document was to one key, and where the mark is.
 *
 * @param key       the key.
 * @param segments  its token ids, one array a segment, as {@link DocumentScorer.score} returned them.
 * @param alpha     level of its regions: of documents that were chosen by their p-values, the level times their share
 *   among all (Benjamini and Bogomolov 2014).
 * @param tests     keys that were tried.
 * @param tokenizer to show the tokens as text, if there is one. Ids that spell no text, as those of an answer that was cut
 *   within a character, are traced as ids.
 * @throws {DetectorError} `token-out-of-range`.
 */
export function reportCorpusDocument(
  key: WatermarkKey,
  segments: readonly Uint32Array[],
  alpha: number,
  tests: number,
  tokenizer?: Tokenizer,
): ReportedCorpusDocument {
  const scorer = new Scorer(key);
  try {
    const tokenIds = concatenated(segments);
    const { length } = tokenIds;
    const marks = { statuses: new Uint8Array(length), words: new Uint32Array(length) };
    const { scored, sum } = scorer.scoreSegments(segments, { trace: marks });
    const { wordScore } = scorer;
    const document = scoredDocument(marks, wordScore, key.params.contextWidth);
    const text = tokenizer === undefined ? undefined : spelt(tokenIds, tokenizer);
    const whole = nullTailLog10(wordScore.nullLaw, scored, sum);
    return {
      trace: {
        text,
        tokenizer: text === undefined ? undefined : tokenizer,
        tokenIds,
        statuses: marks.statuses,
        scores: Float64Array.from(marks.words, (word, i) =>
          marks.statuses[i] === SCORED ? wordScore.score(word) : 0,
        ),
        nullLaw: wordScore.nullLaw,
      },
      regions: locateRegions(document, whole, alpha, tests).regions,
    };
  } finally {
    scorer.close();
  }
}

// Returns the text of token ids, or undefined if it is not made of their bytes.
function spelt(tokenIds: Uint32Array, tokenizer: Tokenizer): string | undefined {
  try {
    const text = tokenizer.decode(tokenIds);
    tokenizer.byteOffsets(tokenIds, text);
    return text;
  } catch (error) {
    if (error instanceof WatermarkError && error.code === 'tokenizer-mismatch') return undefined;
    // The tokenizer has no token of one of the ids.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
