import type { WatermarkKey } from '@countermark/watermark/scheme';
import type { NormalizationChange, Tokenizer } from '@countermark/watermark/tokenizer';
import { type DecoyTest, testDecoys } from './decoys/test-decoys.ts';
import type { Correction, Detection, KeyDetection, Verdict } from './detection.ts';
import { type DetectorOptions, type DetectorSettings, detectorSettings } from './detector-options.ts';
import { DetectorError } from './errors.ts';
import { averageEValues } from './evidence/e-values.ts';
import { normalizeBy } from './normalization.ts';
import { addCharacters, type SourceText } from './regions/add-characters.ts';
import { locateRegions, type RegionSearch } from './regions/locate-regions.ts';
import { scoredDocument } from './regions/scored-document.ts';
import { type DocumentScore, scoreDocument, toProbabilities } from './score-document.ts';
import { Scorer, TOKEN_STATUSES } from './scorer.ts';
import { statisticOf } from './statistic.ts';
import { holm } from './stats/holm.ts';
import { toTokenIds } from './token-ids.ts';
import type { TokenTrace } from './token-trace.ts';
import { tokenizerOf } from './tokenizer-of.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');

export type { DetectorOptions } from './detector-options.ts';
export type { Normalization } from './normalization.ts';

/**
 * A detection with its document's tokens under the key with the strongest evidence. Its `tokenIds` are the very array that was
 * passed, if it was one.
 */
export interface TracedDetection extends TokenTrace {
  readonly detection: Detection;
}

/** A key with what scores its documents. */
interface Lane {
  readonly key: WatermarkKey;
  readonly scorer: Scorer;
}

/** A document's tokens as one lane's tokenizer gives them. */
interface Reading {
  readonly tokenIds: Uint32Array;
  readonly tokenizer: Tokenizer | undefined;
}

/** A reading with what was found in it. */
interface ScoredReading extends DocumentScore {
  readonly reading: Reading;
}

/** A document before it is read by any tokenizer. */
type Source =
  | (SourceText & { readonly changes: readonly NormalizationChange[] })
  | { readonly tokenIds: Uint32Array; readonly probabilities?: Float64Array };

/**
 * Tests documents for the marks of one or more keys. Holds the derived keys until closed.
 *
 * H₀: the document was produced without access to the key. p-values are exact upper tails over unique (context, token)
 * tuples in common slots, corrected over the keys by Holm: docs/statistics.md.
 */
export class Detector {
  readonly #lanes: readonly Lane[];
  readonly #settings: DetectorSettings;

  /**
   * Derives what each key scores with.
   *
   * @param keys    one key, or several different ones to try.
   * @param options see {@link DetectorOptions}.
   * @throws {RangeError} if there is no key, a key twice, or an option out of range.
   */
  constructor(keys: readonly WatermarkKey[], options: DetectorOptions = {}) {
    if (keys.length === 0) throw new RangeError('"keys" expected at least one key, got none');
    if (new Set(keys.map((key) => key.keyId)).size < keys.length) {
      throw new RangeError('"keys" expected different keys, got one twice');
    }
    this.#settings = detectorSettings(options);
    this.#lanes = keys.map((key) => ({ key, scorer: new Scorer(key) }));
  }

  /**
   * Tests one document.
   *
   * @param document text, or token ids `[n]`.
   * @param probabilities the probability that the model gave each token before the mark, after temperature and
   *   truncation, `[n]`; for token ids, `gumbel` keys and no `regions`. The verdict is then taken on what they make of the scores.
   * @throws {DetectorError} `tokenizer-mismatch` if a key's tokenizer is not among `tokenizers` (texts) or the keys have
   *   different ones (token ids); `token-out-of-range` naming the position; `probabilities-unusable`.
   * @throws {RangeError} if there are probabilities where they are of no use.
   * @throws {TypeError} if the detector is closed.
   */
  detect(document: string | ArrayLike<number>, probabilities?: ArrayLike<number>): Detection {
    const source =
      probabilities === undefined ? this.#open(document) : this.#openKnown(document, probabilities);
    return this.#judge(source, this.#score(source, this.#settings.regions));
  }

  /**
   * Tests one document and says what each token was to the key with the strongest evidence.
   *
   * @param document as for {@link detect}.
   * @throws as {@link detect} does.
   */
  trace(document: string | ArrayLike<number>): TracedDetection {
    const source = this.#open(document);
    const scored = this.#score(source, true);
    const detection = this.#judge(source, scored);
    const best = this.#lanes.findIndex(({ key }) => key.keyId === detection.keyId);
    const { scheme } = this.#lanes[best]!.scorer;
    const { reading, trace } = scored[best]!;
    const { statuses, words } = trace!;
    return {
      detection,
      ...reading,
      text: 'text' in source ? source.text : undefined,
      statuses,
      scores: Float64Array.from(words, (word, i) => (statuses[i] === SCORED ? scheme.score(word) : 0)),
      nullLaw: scheme.nullLaw,
    };
  }

  /** Overwrites the keys it holds; further calls throw. May be called twice. */
  close(): void {
    for (const { scorer } of this.#lanes) scorer.close();
  }

  #open(document: string | ArrayLike<number>): Source {
    if (typeof document !== 'string') return { tokenIds: toTokenIds(document) };
    return { original: document, ...normalizeBy(document, this.#settings.normalization) };
  }

  #openKnown(document: string | ArrayLike<number>, values: ArrayLike<number>): Source {
    const got =
      typeof document === 'string'
        ? 'a text'
        : this.#settings.regions
          ? 'a search for regions'
          : this.#lanes.map(({ key }) => key.params.scheme.kind).find((kind) => kind !== 'gumbel');
    if (typeof document === 'string' || got !== undefined) {
      throw new RangeError(`"probabilities" expected token ids, gumbel keys and no regions, got ${got}`);
    }
    const tokenIds = toTokenIds(document);
    return { tokenIds, probabilities: toProbabilities(values, tokenIds.length) };
  }

  // One reading a lane; lanes of one tokenizer share it.
  #read(source: Source): Reading[] {
    const readings = new Map<string, Reading>();
    return this.#lanes.map(({ key }) => {
      const { fingerprint } = key.params.tokenizer;
      const held = readings.get(fingerprint);
      if (held !== undefined) return held;
      if (!('text' in source) && readings.size > 0) {
        throw new DetectorError(
          'tokenizer-mismatch',
          'token ids belong to one tokenizer, but the keys have several',
        );
      }
      const reading = 'text' in source ? this.#tokenize(source.text, key) : source;
      readings.set(fingerprint, { tokenizer: undefined, ...reading });
      return readings.get(fingerprint)!;
    });
  }

  #tokenize(text: string, key: WatermarkKey): Reading {
    const tokenizer = tokenizerOf(key, this.#settings.tokenizers);
    return { tokenIds: tokenizer.encode(text), tokenizer };
  }

  #score(source: Source, traced: boolean): ScoredReading[] {
    const probabilities = 'text' in source ? undefined : source.probabilities;
    return this.#read(source).map((reading, i) => {
      const { scorer } = this.#lanes[i]!;
      return {
        reading,
        ...scoreDocument(scorer, reading.tokenIds, this.#settings.dedup, traced, probabilities),
      };
    });
  }

  // The mark of one key in the parts of a document; `log10Whole` is the whole document's p-value.
  #locate(
    source: Source,
    { reading, score, trace }: ScoredReading,
    lane: Lane,
    log10Whole: number,
  ): RegionSearch {
    const document = scoredDocument(trace!, lane.scorer.scheme, lane.key.params.contextWidth);
    const search = locateRegions(document, log10Whole, this.#settings.alpha, this.#lanes.length);
    if (score.scored < this.#settings.minTokens) return { ...search, regions: [] };
    const { tokenIds, tokenizer } = reading;
    if (!('text' in source) || tokenizer === undefined) return search;
    return { ...search, regions: addCharacters(search.regions, tokenIds, tokenizer, source) };
  }

  // The key among decoys by the p-value of the whole document, if that was asked for.
  #rank(key: WatermarkKey, { reading, log10PValue }: ScoredReading, source: Source): DecoyTest | undefined {
    const { decoys, dedup } = this.#settings;
    if (decoys === undefined) return undefined;
    const probabilities = 'text' in source ? undefined : source.probabilities;
    return testDecoys(key, log10PValue, decoys, (decoy) => {
      const scorer = new Scorer(decoy);
      try {
        return scoreDocument(scorer, reading.tokenIds, dedup, false, probabilities).log10PValue;
      } finally {
        scorer.close();
      }
    });
  }

  #judge(source: Source, outcomes: readonly ScoredReading[]): Detection {
    const scores = outcomes.map(({ score }) => score);
    const raw = outcomes.map(({ log10PValue }) => log10PValue);
    const searches = this.#settings.regions
      ? outcomes.map((outcome, i) => this.#locate(source, outcome, this.#lanes[i]!, raw[i]!))
      : undefined;
    const own = searches?.map(({ log10PValue }) => log10PValue) ?? raw;
    const adjusted = holm(own);
    const keys = this.#lanes.map(({ key, scorer }, i): KeyDetection => {
      const { known } = outcomes[i]!;
      const decoys = this.#rank(key, outcomes[i]!, source);
      const { sum, ...counts } = scores[i]!;
      return {
        verdict: this.#verdict(counts.scored, adjusted[i]!),
        log10PValue: adjusted[i]!,
        log10RawPValue: raw[i]!,
        log10EValue: scorer.log10EValue(),
        ...counts,
        statistic: statisticOf(key.params.scheme.kind, scorer.scheme, counts.scored, sum),
        params: key.fingerprint,
        keyId: key.keyId,
        ...(searches === undefined ? {} : { regions: searches[i]!.regions }),
        ...(known === undefined ? {} : { knownProbabilities: known }),
        ...(decoys === undefined ? {} : { decoys }),
      };
    });
    const best = strongestOf(keys, own);
    const strongest = keys[best]!;
    const windows = searches?.[best]?.windows ?? 0;
    const decided = keys.every(({ verdict }) => verdict !== 'inconclusive');
    return {
      object: 'detection',
      ...strongest,
      log10EValue: averageEValues(keys.map((key) => key.log10EValue)),
      verdict: strongest.verdict === 'not-detected' && !decided ? 'inconclusive' : strongest.verdict,
      pValue: 10 ** strongest.log10PValue,
      alpha: this.#settings.alpha,
      minTokens: this.#settings.minTokens,
      tests: keys.length * (windows + 1),
      corrections: correctionsOf(keys.length, windows),
      normalization: 'text' in source ? source.changes : [],
      keys,
    };
  }

  #verdict(scored: number, log10PValue: number): Verdict {
    if (scored < this.#settings.minTokens) return 'inconclusive';
    return log10PValue <= Math.log10(this.#settings.alpha) ? 'detected' : 'not-detected';
  }
}

// A key with enough scored tokens speaks before one without; then the smaller p-value does.
function strongestOf(keys: readonly KeyDetection[], log10PValues: readonly number[]): number {
  return keys.reduce((best, key, i) => {
    const conclusive = key.verdict !== 'inconclusive';
    if (conclusive !== (keys[best]!.verdict !== 'inconclusive')) return conclusive ? i : best;
    return log10PValues[i]! < log10PValues[best]! ? i : best;
  }, 0);
}

function correctionsOf(keys: number, windows: number): Correction[] {
  const corrections: Correction[] = [];
  if (windows > 0) corrections.push({ method: 'bonferroni', over: 'windows', tests: windows + 1 });
  if (keys > 1) corrections.push({ method: 'holm', over: 'keys', tests: keys });
  return corrections;
}
