import type { WatermarkKey } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { strongestKey } from '../detect/verdict.ts';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { averageEValues } from '../evidence/e-values.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { checkOneTokenizer, oncePerTokenizer } from '../read/document-reader.ts';
import { encodeText } from '../read/encode-text.ts';
import { checkNormalization, type Normalization, normalizeBy } from '../read/normalization.ts';
import { checkTokenIds } from '../read/token-ids.ts';
import { tokenizerOf } from '../read/tokenizer-of.ts';
import { joinWholeAndWindows, type StrongestWindow, strongestWindow } from '../regions/strongest-window.ts';
import { RunningSums } from '../score/running-sums.ts';
import { Scorer } from '../score/scorer.ts';
import { ThresholdSample, type ThresholdSampleOptions } from './threshold-sample.ts';
import { TupleObserver } from './tuple-observer.ts';

/** How a {@link DocumentScorer} reads and samples. Fix all of it before looking at a document. */
export interface DocumentScorerOptions {
  /** Tokenizers for texts; each key needs the one that its parameters name. Not needed for token ids. Not closed. */
  readonly tokenizers?: readonly Tokenizer[];
  /** How texts are normalised (default `invisible`). */
  readonly normalization?: Normalization;
  /** Fewer scored tokens than this are `inconclusive`; integer ≥ 1 (default 50). */
  readonly minTokens?: number;
  /**
   * Documents of at least so many tokens are tested by their windows as well: a marked passage is then found however long the rest is.
   * Integer ≥ 1; absent for none.
   */
  readonly windowTokens?: number;
  /** Keys that marked nothing: of them only samples are kept, to compare the keys' with. */
  readonly decoys?: readonly WatermarkKey[];
  /** Size and first level of each key's sample of tuples. */
  readonly sample?: ThresholdSampleOptions;
}

/** A document of a corpus under all keys: what is known of it before all others are. */
export interface ScoredCorpusDocument {
  /** Tokens under the strongest key's tokenizer. */
  readonly tokens: number;
  /** The key with the smallest p-value, by its number; keys with enough scored tokens come first. */
  readonly key: number;
  /** Unique common-slot tuples under that key. */
  readonly scored: number;
  /** log10 of that key's p-value, of the whole document and its windows together where those are tested, times the number of keys: Bonferroni, which Holm's smallest value is. */
  readonly log10PValue: number;
  /** log10 of the mean of the keys' e-values. */
  readonly log10EValue: number;
  /** log10 of each key's own e-value, `[keys]`; undefined where too few tokens were scored. */
  readonly log10EValues: readonly (number | undefined)[];
  /** Halves of the signature that near copies share: low, high, low, high; 0 where the document is too short. */
  readonly signature: readonly [number, number, number, number];
  /** The token ids that the strongest key scored, one array a segment. */
  readonly tokenIds: readonly Uint32Array[];
}

interface Lane {
  readonly key: WatermarkKey;
  readonly scorer: Scorer;
  readonly sample: ThresholdSample;
  readonly observer: TupleObserver;
}

/**
 * Scores the documents of a corpus under one or more keys, each by itself, and keeps a mergeable sample of all their tuples.
 * Holds the derived keys until closed.
 *
 * H₀ and method are those of `Detector`, of documents that are tested by windows those of its search for regions; docs/statistics.md,
 * "Corpora".
 */
export class DocumentScorer {
  readonly #lanes: readonly Lane[];
  readonly #decoys: readonly Lane[];
  readonly #tokenizers: readonly Tokenizer[];
  readonly #normalization: Normalization;
  readonly #minTokens: number;
  readonly #windowTokens: number;

  /**
   * Derives what each key scores with.
   *
   * @throws {RangeError} if there is no key, a key twice, or an option out of range.
   */
  constructor(keys: readonly WatermarkKey[], options: DocumentScorerOptions = {}) {
    if (keys.length === 0) throw new RangeError('"keys" expected at least one key, got none');
    if (new Set(keys.map((key) => key.keyId)).size < keys.length) {
      throw new RangeError('"keys" expected different keys, got one twice');
    }
    const { tokenizers = [], normalization = 'invisible', minTokens = 50, sample = {} } = options;
    const { windowTokens = Number.POSITIVE_INFINITY } = options;
    checkNormalization(normalization);
    if (!(Number.isInteger(minTokens) && minTokens >= 1)) {
      throw new RangeError(`"minTokens" expected an integer >= 1, got ${minTokens}`);
    }
    if (options.windowTokens !== undefined && !(Number.isInteger(windowTokens) && windowTokens >= 1)) {
      throw new RangeError(`"windowTokens" expected an integer >= 1, got ${windowTokens}`);
    }
    this.#windowTokens = windowTokens;
    this.#tokenizers = tokenizers;
    this.#normalization = normalization;
    this.#minTokens = minTokens;
    this.#lanes = keys.map((key) => openLane(key, sample));
    this.#decoys = (options.decoys ?? []).map((key) => openLane(key, sample));
  }

  /**
   * Scores one document, and adds its tuples to the samples.
   *
   * @param segments texts, or arrays of token ids; no context reaches from one to the next.
   * @throws {DetectorError} `tokenizer-mismatch`, `tokenizer-refused`, or `token-out-of-range` naming the position; nothing was
   *   sampled then.
   */
  score(segments: readonly string[] | readonly Uint32Array[]): ScoredCorpusDocument {
    const readings = this.#read(segments);
    for (const { key, scorer, observer } of this.#decoys) {
      scorer.scoreSegments(this.#readingOf(key, readings), { onRun: (run) => observer.observe(run) });
    }
    const found = this.#lanes.map((lane, i) => {
      const tokenIds = readings[i]!;
      const isFirst = i === 0;
      lane.observer.startDocument();
      const length = tokenIds.reduce((tokens, segment) => tokens + segment.length, 0);
      const sums = length >= this.#windowTokens ? new RunningSums(length, lane.scorer.wordScore) : undefined;
      const { total, scored, sum } = lane.scorer.scoreSegments(tokenIds, {
        onRun: (run) => {
          lane.observer.observe(run);
          sums?.add(run.words);
        },
      });
      const { nullLaw } = lane.scorer.wordScore;
      const whole: Evidence = {
        log10PValue: nullTailLog10(nullLaw, scored, sum),
        log10EValue: lane.scorer.log10EValue() ?? 0,
      };
      const { log10PValue, log10EValue } =
        sums === undefined ? whole : withWindows(whole, strongestWindow(sums.sums(), nullLaw));
      return {
        total,
        scored,
        log10PValue,
        log10EValue,
        signature: isFirst ? lane.observer.signature() : undefined,
      };
    });
    const isConclusive = found.map((one) => one.scored >= this.#minTokens);
    const key = strongestKey(
      isConclusive,
      found.map((one) => one.log10PValue),
    );
    const { total, scored, log10PValue } = found[key]!;
    return {
      tokens: total,
      key,
      scored,
      log10PValue: Math.min(0, log10PValue + Math.log10(found.length)),
      log10EValue: averageEValues(found.map(({ log10EValue }) => log10EValue)),
      log10EValues: found.map((one, i) => (isConclusive[i] === true ? one.log10EValue : undefined)),
      signature: found[0]!.signature!,
      tokenIds: readings[key]!,
    };
  }

  /** Returns each key's sample of unique tuples, `[keys]`; it grows with further documents. */
  samples(): readonly ThresholdSample[] {
    return this.#lanes.map(({ sample }) => sample);
  }

  /** Returns each decoy's sample, `[decoys]`. */
  decoySamples(): readonly ThresholdSample[] {
    return this.#decoys.map(({ sample }) => sample);
  }

  /** Overwrites the keys it holds; further calls throw. May be called twice. */
  close(): void {
    for (const { scorer } of [...this.#lanes, ...this.#decoys]) scorer.close();
  }

  // One reading for each key; keys of one tokenizer share theirs. Token ids are checked before anything is sampled.
  #read(segments: readonly string[] | readonly Uint32Array[]): (readonly Uint32Array[])[] {
    const keys = this.#lanes.map(({ key }) => key);
    // A document without segments is neither texts nor token ids, and needs no tokenizer.
    if (segments.length === 0) return keys.map(() => []);
    if (typeof segments[0] === 'string') {
      return oncePerTokenizer(keys, (key) => checked(this.#encode(segments as readonly string[], key), key));
    }
    checkOneTokenizer(keys);
    return oncePerTokenizer(keys, (key) => checked(segments as readonly Uint32Array[], key));
  }

  // A decoy has the parameters of a key, and so its tokenizer.
  #readingOf(decoy: WatermarkKey, readings: readonly (readonly Uint32Array[])[]): readonly Uint32Array[] {
    const { fingerprint } = decoy.params.tokenizer;
    return readings[this.#lanes.findIndex(({ key }) => key.params.tokenizer.fingerprint === fingerprint)]!;
  }

  #encode(texts: readonly string[], key: WatermarkKey): readonly Uint32Array[] {
    const tokenizer = tokenizerOf(key, this.#tokenizers);
    return texts.map((text) => encodeText(normalizeBy(text, this.#normalization).text, tokenizer));
  }
}

/** What one test says of a document. */
type Evidence = Pick<ScoredCorpusDocument, 'log10PValue' | 'log10EValue'>;

// A mean of e-values is one under every dependence, and the windows' is that of their p-value.
function withWindows(whole: Evidence, windows: StrongestWindow): Evidence {
  if (windows.windows === 0) return whole;
  return {
    log10PValue: joinWholeAndWindows(whole.log10PValue, windows),
    log10EValue: averageEValues([whole.log10EValue, eValueOfPValue(windows.log10PValue)]),
  };
}

function openLane(key: WatermarkKey, options: ThresholdSampleOptions): Lane {
  const sample = new ThresholdSample(options);
  return { key, scorer: new Scorer(key), sample, observer: new TupleObserver(sample) };
}

function checked(segments: readonly Uint32Array[], key: WatermarkKey): readonly Uint32Array[] {
  let offset = 0;
  for (const segment of segments) {
    checkTokenIds(segment, key.vocabSize, offset);
    offset += segment.length;
  }
  return segments;
}
