import { tokensDigest } from '@countermark/detector';
import { checkTokenIds, TupleSet } from '@countermark/detector/score';
import type { MarkKey, SchemeParams, ScoringMark } from '@countermark/watermark/scheme';
import type { AuditCounts } from './audit-counts.ts';
import { ContextLedger, GIVEN } from './read/context-ledger.ts';
import { type AuditRecord, type Prediction, weightsOf } from './read/record.ts';
import { AuditTally } from './score/audit-tally.ts';
import { GroupTallies } from './score/group-tallies.ts';
import { WordBatch } from './score/word-batch.ts';
import type { ContextSetFacts } from './served/context-set-file.ts';

/**
 * What the tokens of the records come from.
 *
 * - `answers`: the suspect model wrote them. Their words are those of a key that it cannot know.
 * - `reading`: the suspect read a text that others wrote, which may be marked, and predicted each next token.
 */
export type AuditAccess = 'answers' | 'reading';

/** Which contexts were served under a key, and to whom: a `ContextSet` says it. */
export interface ServedContexts {
  readonly facts: ContextSetFacts;
  readonly falsePositiveRate: number;
  /**
   * Looks a context up by its salt.
   *
   * @returns undefined if it was not served; else the number from 1 of the only group that it was served to, or 0.
   */
  groupOf(saltLow: number, saltHigh: number): number | undefined;
}

/** How a suspect is audited. Fix all of it before its first answer. */
export interface ModelAuditOptions {
  readonly access: AuditAccess;
  /** Only contexts that were served count. The p-value is then 1/E: docs/statistics.md, section 19.8. */
  readonly served?: ServedContexts;
  /** Keys that marked nothing: the contexts that the real key chooses count under each of them too, with the same weights, so that only words differ. */
  readonly decoys?: Iterable<MarkKey>;
}

/**
 * Tests whether a model was trained on text with a key's mark.
 *
 * H₀: the model was made without access to the key or to anything that depends on it. A context is counted once in the audit, and only where it did not occur
 * in anything that the model was given or had read by then: so the words of its tokens are independent of the model's probabilities there. Of `answers`, tell all prompts to
 * {@link exclude} before the first record is added: docs/statistics.md, section 19.2. Holds the derived key until closed.
 */
export class ModelAudit {
  readonly access: AuditAccess;
  readonly tally: AuditTally;
  /** The same tokens under each decoy key. */
  readonly decoys: readonly AuditTally[];
  /** The same by group, of contexts that were served to one group only. */
  readonly groups: GroupTallies;
  readonly served: ServedContexts | undefined;
  readonly #vocabSize: number;
  /** Of the key, which chooses the contexts, and of the decoys. */
  readonly #marks: readonly ScoringMark[];
  readonly #commonLimit: number;
  readonly #contextWidth: number;
  readonly #ledger: ContextLedger;
  readonly #batch: WordBatch;
  readonly #records = new Set<string>();
  /** Contexts of the record that is read, and of what came before it. */
  readonly #inText = new TupleSet();
  readonly #counts: { -readonly [K in keyof AuditCounts]: number } = {
    records: 0,
    repeated: 0,
    empty: 0,
    copied: 0,
    tokens: 0,
    contexts: 0,
    words: 0,
    withoutContext: 0,
    otherSlots: 0,
    seen: 0,
    notServed: 0,
    unpredicted: 0,
    shownLater: 0,
  };

  /**
   * @param key one of ours: the likelihood ratios of other watermarks' words are not known here.
   * @throws {RangeError} if it is not, or `served` is of another key.
   */
  constructor(key: MarkKey, { access, served, decoys = [] }: ModelAuditOptions) {
    if (served !== undefined) checkServed(served, key);
    this.access = access;
    this.served = served;
    const marks = [openMark(key), ...Array.from(decoys, openMark)];
    const tallies = marks.map(({ scheme }) => new AuditTally(scheme));
    const [mark, tally] = [marks[0]!, tallies[0]!];
    this.tally = tally;
    this.decoys = tallies.slice(1);
    this.groups = new GroupTallies(tally.soft);
    this.#vocabSize = key.vocabSize;
    this.#marks = marks;
    this.#commonLimit = mark.commonLimit;
    this.#contextWidth = mark.source.contextWidth;
    this.#ledger = new ContextLedger(mark.source);
    this.#batch = new WordBatch(
      this.#contextWidth,
      marks.map(({ source }, i) => ({
        source,
        tally: tallies[i]!,
        ...(i === 0 ? { groups: this.groups } : {}),
      })),
    );
  }

  /**
   * Leaves the contexts of a text out of the audit, from now on: a prompt, an earlier turn, public text that many models know.
   *
   * @param tokenIds Uint32Array `[n]`. Not retained.
   * @throws {DetectorError} `token-out-of-range` naming the position.
   */
  exclude(tokenIds: Uint32Array): void {
    checkTokenIds(tokenIds, this.#vocabSize);
    this.#counts.shownLater += this.#ledger.exclude(tokenIds);
  }

  /**
   * Adds an answer, or a text that was read.
   *
   * Without `predictions`, each token drawn counts with weight 1. With them, the tokens that are listed count, each by its probability, and the token drawn does
   * not: it adds nothing to what the probabilities say.
   *
   * @throws {DetectorError} `token-out-of-range` naming the position.
   * @throws {RangeError} if a probability is not one, a token is listed twice, a list is not as long as the text, or predictions are fit for the other access;
   * nothing was added then.
   */
  add(record: AuditRecord): void {
    const { before = [], tokenIds, predictions, reference, fitFor } = record;
    if (this.access === 'reading' && predictions === undefined) {
      throw new RangeError('"predictions" expected those of the model that read the text, got none');
    }
    if (fitFor !== undefined && fitFor !== this.access) {
      throw new RangeError(
        fitFor === 'answers'
          ? '"asked" expected how many likeliest tokens were asked for, as the model read the text, got none'
          : '"access" expected reading, since the model read the text, got answers',
      );
    }
    for (const piece of before) checkTokenIds(piece, this.#vocabSize);
    checkTokenIds(tokenIds, this.#vocabSize);
    for (const lists of [predictions, reference]) this.#check(lists, tokenIds.length);
    this.#counts.records++;
    if (tokenIds.length === 0) this.#counts.empty++;
    else if (!this.#isNew(tokenIds)) this.#counts.repeated++;
    else this.#read(before, tokenIds, predictions, reference);
  }

  /** What became of everything so far. */
  get counts(): AuditCounts {
    return { ...this.#counts };
  }

  /** Overwrites the keys; further calls of {@link add} throw. May be called twice. */
  close(): void {
    for (const { source } of this.#marks) source.close();
  }

  #isNew(tokenIds: Uint32Array): boolean {
    const digest = tokensDigest(tokenIds);
    if (this.#records.has(digest)) return false;
    this.#records.add(digest);
    return true;
  }

  #check(lists: AuditRecord['predictions'], length: number): void {
    if (lists === undefined) return;
    if (lists.length !== length) {
      throw new RangeError(`"predictions" expected one for each of ${length} tokens, got ${lists.length}`);
    }
    for (const [position, list] of lists.entries())
      if (list !== undefined) this.#checkPrediction(list, position);
  }

  #checkPrediction(list: Prediction, position: number): void {
    let sum = 0;
    let isEach = true;
    for (const [id, probability] of list) {
      if (!(Number.isInteger(id) && id >= 0 && id < this.#vocabSize)) this.#checkIds(list, position);
      isEach &&= probability >= 0 && probability <= 1;
      sum += probability;
    }
    if (hasRepeats(list)) {
      throw new RangeError(`"predictions" expected different token ids at position ${position}`);
    }
    // A little more than 1: endpoints round.
    if (!isEach || !(sum <= 1.01)) {
      throw new RangeError(
        `"predictions" expected probabilities that sum to at most 1, got ${sum} at position ${position}`,
      );
    }
  }

  /** Says what is wrong with ids of which one is. */
  #checkIds(list: Prediction, position: number): void {
    checkTokenIds(
      Uint32Array.from(list, ([id]) => id),
      this.#vocabSize,
      position,
    );
    throw new RangeError(`"predictions" expected token ids at position ${position}`);
  }

  #read(
    before: readonly Uint32Array[],
    tokenIds: Uint32Array,
    predictions: AuditRecord['predictions'],
    reference: AuditRecord['reference'],
  ): void {
    const counts = this.#counts;
    const width = this.#contextWidth;
    const shown = before.reduce((sum, piece) => sum + piece.length, 0);
    this.#inText.reset(2 * tokenIds.length + shown);
    for (const piece of before) counts.shownLater += this.#ledger.exclude(piece, this.#inText);
    counts.tokens += tokenIds.length;
    counts.withoutContext += Math.min(width, tokenIds.length);
    let own = 0;
    let given = 0;
    for (const context of this.#ledger.contexts(tokenIds)) {
      const { position, slot, saltLow, saltHigh } = context;
      const isFresh = this.#inText.add(saltLow, saltHigh, 0);
      if (isFresh) {
        own++;
        if (!this.#inText.add(saltLow, saltHigh, GIVEN)) given++;
      }
      if (slot >= this.#commonLimit) {
        counts.otherSlots++;
        continue;
      }
      if (!isFresh) {
        counts.seen++;
        continue;
      }
      const group = this.served === undefined ? 0 : this.served.groupOf(saltLow, saltHigh);
      if (group === undefined) {
        counts.notServed++;
        continue;
      }
      const weights = weightsAt(position, tokenIds, predictions, reference);
      if (weights === undefined) counts.unpredicted++;
      else if (!this.#ledger.count(context)) counts.seen++;
      else {
        counts.contexts++;
        if (group > 0) this.groups.addContext(group);
        const inContext = tokenIds.subarray(position - width, position);
        for (const [id, weight] of weights) this.#batch.add(inContext, id, weight, group);
      }
    }
    counts.words += this.#batch.flush();
    if (given > 0 && 2 * given >= own) counts.copied++;
  }
}

function openMark(key: MarkKey): ScoringMark & { readonly scheme: SchemeParams } {
  const mark = key.permutationTest === undefined ? key.openScoring() : undefined;
  if (mark?.scheme !== undefined) return { ...mark, scheme: mark.scheme };
  mark?.source.close();
  throw new RangeError('"key" expected a key of ours: an audit cannot weigh the words of other watermarks');
}

function checkServed({ facts }: ServedContexts, { keyId, fingerprint }: MarkKey): void {
  if (facts.keyId === keyId && facts.params === fingerprint) return;
  throw new RangeError(
    `"served" expected contexts of key ${keyId} and its parameters, got those of key ${facts.keyId}`,
  );
}

function weightsAt(
  position: number,
  tokenIds: Uint32Array,
  predictions: AuditRecord['predictions'],
  reference: AuditRecord['reference'],
): Iterable<readonly [tokenId: number, weight: number]> | undefined {
  if (predictions === undefined) return [[tokenIds[position]!, 1]];
  const prediction = predictions[position];
  const innocent = reference?.[position];
  // Where a reference was promised and is missing, the difference is not known.
  if (prediction === undefined || (reference !== undefined && innocent === undefined)) return undefined;
  return weightsOf(prediction, innocent);
}

/** In short lists every pair is compared, which takes less time than a set. */
const SHORT = 32;

function hasRepeats(list: Prediction): boolean {
  if (list.length > SHORT) return new Set(list.map(([id]) => id)).size < list.length;
  for (let i = 1; i < list.length; i++) {
    for (let j = 0; j < i; j++) if (list[i]![0] === list[j]![0]) return true;
  }
  return false;
}
