import { type Basis, type MarkKey, WatermarkKey } from '@countermark/watermark/scheme';
import {
  type AccountSlots,
  AccountSlotsTest,
  checkListedAccounts,
  joinAccountSlots,
  type ListedAccounts,
  SLOT_TESTS,
} from '../accounts/account-slots.ts';
import { DetectorError } from '../errors.ts';
import { eValueOfPValue } from '../evidence/calibrate-p-value.ts';
import { averageEValues } from '../evidence/e-values.ts';
import { type DecoyOptions, type DecoyTest, drawDecoys, rankAmongDecoys } from '../key-tests/decoys.ts';
import type { KeyScore, KeyTest } from '../key-tests/key-test.ts';
import { openKeyTest } from '../key-tests/open-key-test.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { openSource, readSource, type Source, type TokenizedDocument } from '../read/document-reader.ts';
import { addCharacters } from '../regions/add-characters.ts';
import { locateRegions, type RegionSearch } from '../regions/locate-regions.ts';
import { scoredDocument } from '../regions/scored-document.ts';
import { scoredWords } from '../score/scored-words.ts';
import { TOKEN_STATUSES } from '../score/scorer.ts';
import { holm } from '../stats/holm.ts';
import { type TokenProbabilities, type TokenWeights, WeightTables } from '../weights/token-weights.ts';
import { correctionsOf, testsOf } from './corrections.ts';
import type { Detection, DetectionSettings, KeyDetection, Verdict } from './detection.ts';
import { type DetectorOptions, type DetectorSettings, detectorSettings } from './detector-options.ts';
import type { TokenReport } from './token-report.ts';
import { decide, joinVerdicts, strongestKey, testedTuples } from './verdict.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');

export type { Normalization } from '../read/normalization.ts';
export type { DetectorOptions } from './detector-options.ts';

/**
 * A detection with its document's tokens under the key with the strongest evidence. Its `tokenIds` are the very array that was
 * passed, if it was one.
 */
export interface ReportedDetection extends TokenReport {
  readonly detection: Detection;
  /** Uint32Array `[n]`, the words of the scored tokens, 0 elsewhere. */
  readonly words: Uint32Array;
}

/** A key with what scores its documents. */
interface Lane {
  readonly key: MarkKey;
  readonly test: KeyTest;
  /** Random keys that the key is ranked among beside its p-value, if any. */
  readonly decoys: DecoyOptions | undefined;
  /** Reads the account slots, where that was asked for and the key has some. */
  readonly slots: AccountSlotsTest | undefined;
  /** Of our own keys. */
  readonly commitment: string | undefined;
}

/** A document as one lane read it, with what was found in it. */
interface LaneOutcome extends KeyScore {
  readonly tokenized: TokenizedDocument;
  readonly decoys: DecoyTest | undefined;
  /** What its p-value rests on after all. */
  readonly basis: Basis;
  /** What its account slots add, if they were read. */
  readonly slots: AccountSlots | undefined;
}

/** What random keys a key gets where nothing else is said, if its hash is somebody else's and its p-value rests on a law. */
const FOREIGN_DECOYS: DecoyOptions = { count: 19 };

/** A document as all lanes read it, with the weights of its tokens. */
interface OpenDocument {
  readonly source: Source;
  readonly documents: readonly TokenizedDocument[];
  readonly weights: TokenWeights | undefined;
}

/**
 * Tests documents for the marks of one or more keys. Holds the derived keys until closed.
 *
 * H₀: the document was produced without access to the key. p-values are exact upper tails over unique (context, token)
 * tuples in common slots, corrected over the keys by Holm: docs/statistics.md.
 */
export class Detector {
  readonly #lanes: readonly Lane[];
  readonly #settings: DetectorSettings;
  readonly #weightTables = new WeightTables();

  /**
   * Derives what each key scores with.
   *
   * @param keys    one key, or several different ones to try.
   * @param options see {@link DetectorOptions}.
   * @throws {RangeError} if there is no key, a key twice, or an option out of range; if there are accounts, and no key that has slots for them.
   * @throws {TypeError} if an option has another name.
   */
  constructor(keys: readonly MarkKey[], options: DetectorOptions = {}) {
    if (keys.length === 0) throw new RangeError('"keys" expected at least one key, got none');
    if (new Set(keys.map((key) => key.keyId)).size < keys.length) {
      throw new RangeError('"keys" expected different keys, got one twice');
    }
    this.#settings = detectorSettings(options);
    const { permutations, regions } = this.#settings;
    const whole = keys.find((key) => key.basis === 'rank');
    if (whole !== undefined && regions) {
      throw new RangeError(
        `"regions" expected keys that can test a part of a text, got ${whole.markName}: its key is ranked among random keys by the whole text`,
      );
    }
    this.#lanes = keys.map((key) => ({
      key,
      test: openKeyTest(key, permutations),
      decoys: decoysFor(key, this.#settings.decoys),
      slots: slotsFor(key, this.#settings.accounts),
      commitment: key.commitment,
    }));
    if (this.#settings.accounts !== undefined && this.#lanes.every(({ slots }) => slots === undefined)) {
      throw new RangeError('"accounts" expected a key that gives accounts a share, got none');
    }
  }

  /**
   * Tests one document.
   *
   * @param document      text, or token ids `[n]`.
   * @param probabilities how likely each token was; for `gumbel` keys of one tokenizer and no `regions`. Those of a text are
   *   for the tokens that {@link tokenize} gives. The verdict is then taken on what they make of the scores.
   * @throws {DetectorError} `tokenizer-mismatch` if a key's tokenizer is not among `tokenizers` (texts) or the keys have
   *   different ones (token ids, probabilities); `tokenizer-refused` if a tokenizer cannot encode the text; `token-out-of-range`
   *   naming the position; `probabilities-unusable`.
   * @throws {RangeError} if there are probabilities where they are of no use.
   * @throws {TypeError} if the detector is closed.
   */
  detect(document: string | ArrayLike<number>, probabilities?: TokenProbabilities): Detection {
    const opened = this.#open(document, probabilities);
    return this.#judge(opened, this.#score(opened, this.#settings.regions));
  }

  /**
   * Tests one document and says what each token was to the key with the strongest evidence.
   *
   * @param document      as for {@link detect}.
   * @param probabilities as for {@link detect}.
   * @throws as {@link detect} does.
   */
  report(document: string | ArrayLike<number>, probabilities?: TokenProbabilities): ReportedDetection {
    const opened = this.#open(document, probabilities);
    const scored = this.#score(opened, true);
    const detection = this.#judge(opened, scored);
    const best = this.#lanes.findIndex(({ key }) => key.keyId === detection.keyId);
    const { wordScore: scheme } = this.#lanes[best]!.test;
    const { tokenized, trace } = scored[best]!;
    const { statuses, words } = trace!;
    return {
      detection,
      ...tokenized,
      text: 'text' in opened.source ? opened.source.text : undefined,
      statuses,
      words,
      scores: Float64Array.from(words, (word, i) => (statuses[i] === SCORED ? scheme.score(word) : 0)),
      nullLaw: scheme.nullLaw,
      ...prefixTailOf(this.#lanes[best]!, scored[best]!),
    };
  }

  /**
   * Returns the token ids that a document is tested by, after normalisation: Uint32Array `[n]`.
   *
   * @param document as for {@link detect}.
   * @throws {DetectorError} `tokenizer-mismatch` if the keys have several tokenizers, or theirs was not given.
   */
  tokenize(document: string | ArrayLike<number>): Uint32Array {
    return this.#oneDocument(this.#open(document)).tokenIds;
  }

  /** Overwrites the keys it holds; further calls throw. May be called twice. */
  close(): void {
    for (const { test, slots } of this.#lanes) {
      test.close();
      slots?.close();
    }
  }

  #open(document: string | ArrayLike<number>, probabilities?: TokenProbabilities): OpenDocument {
    const { normalization, tokenizers } = this.#settings;
    const source = openSource(document, normalization);
    const documents = readSource(
      source,
      this.#lanes.map(({ key }) => key),
      tokenizers,
    );
    const opened = { source, documents, weights: undefined };
    if (probabilities === undefined) return opened;
    const { regions, accounts } = this.#settings;
    const got = regions
      ? 'a search for regions'
      : this.#lanes.map(({ key }) => key.markName).find((kind) => kind !== 'gumbel');
    if (got !== undefined) {
      throw new RangeError(`"probabilities" expected gumbel keys and no regions, got ${got}`);
    }
    if (accounts !== undefined) {
      throw new RangeError('"probabilities" expected a detection by common slots alone, got accounts');
    }
    const { length } = this.#oneDocument(opened).tokenIds;
    return { ...opened, weights: this.#weightTables.weigh(probabilities, length) };
  }

  #oneDocument({ documents }: OpenDocument): TokenizedDocument {
    const [tokenized, ...others] = new Set(documents);
    if (tokenized !== undefined && others.length === 0) return tokenized;
    throw new DetectorError(
      'tokenizer-mismatch',
      'the keys have several tokenizers, and each its own tokens',
    );
  }

  #score({ documents, weights }: OpenDocument, traced: boolean): LaneOutcome[] {
    return documents.map((tokenized, i) => {
      const { key, test, decoys: options, slots: slotsTest } = this.#lanes[i]!;
      const isTraced = traced || slotsTest !== undefined;
      const found = test.run(tokenized.tokenIds, this.#settings.dedup, isTraced, weights);
      const slots = slotsTest?.run(tokenized.tokenIds, { ...found.score, words: scoredWords(found.trace!) });
      const decoys = this.#rank(key, options, tokenized, found.log10PValue, weights);
      const { basis } = test.grounds;
      if (key.hasSoundHash || decoys?.alarm !== true) return { tokenized, ...found, basis, decoys, slots };
      // Where a law gives too small p-values it is the rank that counts. It only ever makes a p-value larger.
      const log10PValue = Math.max(found.log10PValue, decoys.log10RankPValue);
      return {
        tokenized,
        ...found,
        basis: 'rank',
        log10PValue,
        log10EValue: eValueOfPValue(log10PValue),
        log10LeastPValue: Math.max(found.log10LeastPValue, -Math.log10(decoys.count + 1)),
        decoys,
        slots,
      };
    });
  }

  // The mark of one key in the parts of a document.
  #locate(
    source: Source,
    { tokenized, score, trace, tailOf, log10PValue, basis }: LaneOutcome,
    lane: Lane,
  ): RegionSearch {
    const document = scoredDocument(trace!, lane.test.wordScore, lane.test.contextWidth);
    const { alpha, minTokens } = this.#settings;
    const { key, test, slots } = lane;
    // Half of the level is that of account slots, where they are read.
    const tests = this.#lanes.length * (slots === undefined ? 1 : SLOT_TESTS);
    const search = locateRegions(document, log10PValue, alpha, tests, tailOf);
    const found = key.hasSoundHash ? search : supported(search, test.grounds.log10Floor, tests, alpha);
    // No part of a document has a p-value where its whole has none to rely on.
    if (basis !== test.grounds.basis) {
      return { ...found, log10PValue: Math.max(found.log10PValue, log10PValue), regions: [] };
    }
    if (score.scored < minTokens) return { ...found, regions: [] };
    const { tokenIds, tokenizer } = tokenized;
    if (!('text' in source) || tokenizer === undefined) return found;
    return { ...found, regions: addCharacters(found.regions, tokenIds, tokenizer, source) };
  }

  // The key among decoys by the p-value of the whole document, if that was asked for or its mark needs it.
  #rank(
    key: MarkKey,
    options: DecoyOptions | undefined,
    tokenized: TokenizedDocument,
    log10PValue: number,
    weights: TokenWeights | undefined,
  ): DecoyTest | undefined {
    const { dedup, permutations } = this.#settings;
    if (options === undefined) return undefined;
    const seed = key.decoySeed(tokenized.tokenIds);
    const values = Array.from(drawDecoys(key, options, seed), (decoy) => {
      const test = openKeyTest(decoy, permutations);
      try {
        return test.run(tokenized.tokenIds, dedup, false, weights).log10PValue;
      } finally {
        test.close();
      }
    });
    return rankAmongDecoys(log10PValue, values, options.secret === undefined ? seed : undefined);
  }

  #judge({ source }: OpenDocument, outcomes: readonly LaneOutcome[]): Detection {
    const scores = outcomes.map(({ score }) => score);
    const raw = outcomes.map(({ log10PValue }) => log10PValue);
    const searches = this.#settings.regions
      ? outcomes.map((outcome, i) => this.#locate(source, outcome, this.#lanes[i]!))
      : undefined;
    const common = searches?.map(({ log10PValue }) => log10PValue) ?? raw;
    const own = common.map((log10PValue, i) => joinAccountSlots(log10PValue, outcomes[i]!.slots));
    const adjusted = holm(own);
    const keys = this.#lanes.map(({ key, test: { grounds }, commitment }, i): KeyDetection => {
      const {
        weighted,
        statistic,
        log10EValue,
        log10LeastPValue,
        basis,
        decoys,
        rank,
        layerLaw,
        layerKeys,
        slots,
      } = outcomes[i]!;
      const { sum, ...counts } = scores[i]!;
      const slotsPart = slots === undefined ? {} : { accountSlots: slots };
      const tested = testedTuples({ ...counts, ...slotsPart });
      return {
        verdict: this.#verdict(tested, adjusted[i]!, key.hasSoundHash ? -Infinity : log10LeastPValue),
        log10PValue: adjusted[i]!,
        log10RawPValue: raw[i]!,
        log10EValue,
        ...counts,
        basis,
        keyBits: grounds.keyBits,
        log10LeastPValue,
        statistic,
        params: key.fingerprint,
        keyId: key.keyId,
        ...(commitment === undefined ? {} : { commitment }),
        ...tokenizerPart(key, outcomes[i]!.tokenized),
        ...profilePart(key),
        ...(searches === undefined ? {} : { regions: searches[i]!.regions }),
        ...slotsPart,
        ...(weighted === undefined ? {} : { weighted }),
        ...(decoys === undefined ? {} : { decoys }),
        ...(rank === undefined ? {} : { rank }),
        ...(layerLaw === undefined ? {} : { layerLaw }),
        ...(layerKeys === undefined ? {} : { layerKeys }),
      };
    });
    const best = strongestKey(
      keys.map(({ verdict }) => verdict !== 'inconclusive'),
      own,
    );
    const strongest = keys[best]!;
    const windows = searches?.[best]?.windows ?? 0;
    return {
      object: 'detection',
      ...strongest,
      log10EValue: averageEValues(keys.map((key) => key.log10EValue)),
      verdict: joinVerdicts(keys.map(({ verdict }) => verdict)),
      pValue: 10 ** Math.max(strongest.log10PValue, strongest.log10LeastPValue),
      alpha: this.#settings.alpha,
      minTokens: this.#settings.minTokens,
      settings: this.#fixed(),
      tests: testsOf(keys.length, windows, strongest.accountSlots),
      corrections: correctionsOf(keys.length, windows, strongest.accountSlots),
      normalization: 'text' in source ? source.changes : [],
      keys,
    };
  }

  #fixed(): DetectionSettings {
    const { alpha, minTokens, dedup, normalization, regions, permutations, accounts } = this.#settings;
    const decoys = Math.max(...this.#lanes.map((lane) => lane.decoys?.count ?? 0));
    const keys = this.#lanes.length;
    const fixed = { alpha, minTokens, dedup, normalization, regions, decoys, permutations, keys };
    if (accounts === undefined) return fixed;
    return { ...fixed, accounts: { listed: accounts.ids.length, issued: checkListedAccounts(accounts) } };
  }

  #verdict(scored: number, log10Value: number, log10LeastPValue: number): Verdict {
    const { alpha, minTokens } = this.#settings;
    // Holm multiplies the smallest p-value with the number of keys.
    const log10Least = log10LeastPValue + Math.log10(this.#lanes.length);
    return decide({ log10Value, log10Level: Math.log10(alpha), scored, minTokens, log10Least });
  }
}

// A search whose p-values do not go below what the key supports: whoever guesses it does so once, for all windows.
function supported(search: RegionSearch, log10Floor: number, keys: number, alpha: number): RegionSearch {
  const log10Least = Math.min(0, log10Floor + Math.log10(keys));
  return {
    ...search,
    log10PValue: Math.max(log10Floor, search.log10PValue),
    regions: search.regions
      .map((region) => ({ ...region, log10PValue: Math.max(log10Least, region.log10PValue) }))
      .filter(({ log10PValue }) => log10PValue <= Math.log10(alpha)),
  };
}

// The curve of another watermark's key: not below what the key supports, and none of a rank, which only a whole text has.
function prefixTailOf(
  { key, test: { grounds, wordScore: tokenized } }: Lane,
  { rank, tailOf, score, log10PValue }: LaneOutcome,
): Pick<TokenReport, 'prefixTail'> {
  if (rank !== undefined) {
    return { prefixTail: (scored) => (scored === score.scored ? log10PValue : undefined) };
  }
  if (key.hasSoundHash) return {};
  const tail = (scored: number, sum: number): number =>
    tailOf === undefined ? nullTailLog10(tokenized.nullLaw, scored, sum) : tailOf(0, scored);
  return { prefixTail: (scored, sum) => Math.max(grounds.log10Floor, tail(scored, sum)) };
}

// Keys whose p-value is a rank need no other, and those whose law rests on a hash of unknown soundness get one where nothing is said.
function decoysFor(
  { basis, hasSoundHash }: MarkKey,
  asked: DecoyOptions | undefined,
): DecoyOptions | undefined {
  const options = asked ?? (basis === 'law' && !hasSoundHash ? FOREIGN_DECOYS : undefined);
  return basis === 'rank' || options?.count === 0 ? undefined : options;
}

function tokenizerPart(key: MarkKey, { tokenizer }: TokenizedDocument): Pick<KeyDetection, 'tokenizer'> {
  if (tokenizer === undefined) return {};
  const { name, fingerprint } = key.params.tokenizer;
  return { tokenizer: { name, fingerprint } };
}

function profilePart({ profileName, caution }: MarkKey): Pick<KeyDetection, 'profile' | 'caution'> {
  return {
    ...(profileName === undefined ? {} : { profile: profileName }),
    ...(caution === undefined ? {} : { caution }),
  };
}

// Only our own keys have slots for accounts.
function slotsFor(key: MarkKey, accounts: ListedAccounts | undefined): AccountSlotsTest | undefined {
  const hasSlots = key instanceof WatermarkKey && key.params.accountShare > 0;
  return accounts !== undefined && hasSlots ? new AccountSlotsTest(key, accounts) : undefined;
}
