import { type AccountCodes, createAccountCodes, type WatermarkKey } from '@countermark/watermark/scheme';
import type { NormalizationChange, Tokenizer } from '@countermark/watermark/tokenizer';
import { checkDecoys, type DecoyOptions, drawDecoys, rankAmongDecoys } from '../decoys/decoys.ts';
import { checkNormalization, type Normalization, normalizeBy } from '../normalization.ts';
import { toTokenIds } from '../token-ids.ts';
import { tokenizerOf } from '../tokenizer-of.ts';
import { TupleSet } from '../tuple-set.ts';
import { type TokenProbabilities, WeightTables } from '../weights/token-weights.ts';
import type { ProbabilitySource } from '../weights/weighted-scores.ts';
import { AccountScorer, type AccountTokens, type TupleTable } from './account-scorer.ts';
import { type AccountStatistic, accountStatistic } from './account-statistic.ts';
import { AccountTable } from './account-table.ts';
import type { AccountTrace, AccountTraces, TraceCorrection } from './account-trace.ts';
import { nameAccounts } from './name-accounts.ts';

/** How an {@link AccountTracer} reads and tests. Fix all of it before looking at a document. */
export interface AccountTracerOptions {
  /** The key's tokenizer, for texts. Not needed for token ids. Not closed. */
  readonly tokenizer?: Tokenizer;
  /** Probability of naming any innocent account, fixed beforehand, 0 < alpha < 1 (default 1e-3). */
  readonly alpha?: number;
  /** How texts are normalised (default `invisible`). */
  readonly normalization?: Normalization;
  /**
   * Random keys that the strongest account of each text is ranked among (default none). Each takes the time of a trace, and
   * the documents' token ids are kept for them.
   */
  readonly decoys?: DecoyOptions;
}

/** Which accounts are compared. */
export interface TraceOptions {
  /** Accounts ever issued, at least as many as are listed (default as many): what p-values are corrected for. */
  readonly issued?: number;
  /** How many of the largest sums to report for each text, named or not (default 0). */
  readonly top?: number;
}

/** A document that was added. */
interface AddedDocument {
  readonly tokens: AccountTokens;
  readonly statistic: AccountStatistic;
  readonly changes: readonly NormalizationChange[];
  /** What decoys trace; undefined if there are none. */
  readonly again: { readonly tokenIds: Uint32Array; readonly probabilities?: TokenProbabilities } | undefined;
}

/**
 * Says which accounts a text came from, out of a list. Holds the derived keys until closed.
 *
 * H₀ of an account: its code had no influence on the text. Given the text, the sum of a code that nobody chose is a sum of
 * independent draws, one for each code position; p-values are exact upper tails of that, and corrected for all accounts
 * issued. The bound on naming an innocent account holds for any text, whoever wrote it: docs/statistics.md, "Which account".
 */
export class AccountTracer {
  readonly #key: WatermarkKey;
  readonly #scorer: AccountScorer;
  readonly #codes: AccountCodes;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #alpha: number;
  readonly #normalization: Normalization;
  readonly #decoys: DecoyOptions | undefined;
  readonly #documents: AddedDocument[] = [];
  readonly #pool: TupleTable = { table: new AccountTable(), tuples: new TupleSet() };
  readonly #weightTables = new WeightTables();
  // Whose probabilities the documents have, once there is one; scores of two kinds have no common sum.
  #weights: ProbabilitySource | 'none' | undefined;
  #pooled = 0;
  #closed = false;

  /**
   * Derives what the key scores with.
   *
   * @param key     the key.
   * @param options see {@link AccountTracerOptions}.
   * @throws {RangeError} if an option is out of range, or the key gives no context to accounts.
   */
  constructor(key: WatermarkKey, options: AccountTracerOptions = {}) {
    const { alpha = 1e-3, normalization = 'invisible', decoys } = options;
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
    checkNormalization(normalization);
    if (decoys !== undefined) checkDecoys(decoys);
    if (key.params.accountShare === 0) {
      throw new RangeError('"key" expected an account share above 0: this key marks no account');
    }
    this.#key = key;
    this.#tokenizer = options.tokenizer;
    this.#alpha = alpha;
    this.#normalization = normalization;
    this.#decoys = decoys;
    this.#scorer = new AccountScorer(key);
    const accountKey = key.accountKey();
    this.#codes = createAccountCodes(accountKey);
    accountKey.fill(0);
  }

  /**
   * Adds one document. Memory grows with its different account-slot tuples.
   *
   * @param document      text, or token ids `[n]`. Not retained.
   * @param probabilities how likely each token was, of a text for the tokens that {@link tokenize} gives; for `gumbel`
   *   keys. Either all documents have them, of one source, or none has.
   * @throws {DetectorError} `tokenizer-mismatch` if the tokenizer for a text is missing or another's; `token-out-of-range`
   *   naming the position; `probabilities-unusable`. The document is then not added.
   * @throws {RangeError} if other documents have no such probabilities, or they are of no use.
   * @throws {TypeError} if the tracer is closed.
   */
  add(document: string | ArrayLike<number>, probabilities?: TokenProbabilities): void {
    this.#checkOpen();
    const kind = probabilities === undefined ? 'none' : (probabilities.source ?? 'known');
    const { tokenIds, changes } = this.#read(document);
    const weights = probabilities && this.#weightTables.weigh(probabilities, tokenIds.length);
    const scheme = this.#key.params.scheme.kind;
    if (weights !== undefined && scheme !== 'gumbel') {
      throw new RangeError(`"probabilities" expected a gumbel key, got ${scheme}`);
    }
    if ((this.#weights ?? kind) !== kind) {
      throw new RangeError(
        `"probabilities" expected ${this.#weights} as for the other documents, got ${kind}`,
      );
    }
    const own = { table: new AccountTable(), tuples: new TupleSet() };
    const { pooled, ...tokens } = this.#scorer.add(tokenIds, own, this.#pool, weights);
    this.#weights = kind;
    this.#pooled += pooled;
    const again =
      this.#decoys === undefined
        ? undefined
        : { tokenIds: tokenIds.slice(), ...(probabilities === undefined ? {} : { probabilities }) };
    this.#documents.push({ tokens, statistic: accountStatistic(own.table), changes, again });
  }

  /**
   * Returns the token ids that a document is traced by, after normalisation: Uint32Array `[n]`.
   *
   * @param document as for {@link add}.
   * @throws {DetectorError} `tokenizer-mismatch` if the tokenizer for a text is missing or another's.
   */
  tokenize(document: string | ArrayLike<number>): Uint32Array {
    return this.#read(document).tokenIds;
  }

  /**
   * Compares the documents added so far with a list of accounts.
   *
   * @param accounts account ids, `[accounts]`, different ones, each 1 to 256 bytes of UTF-8. Not retained.
   * @param options  see {@link TraceOptions}.
   * @throws {RangeError} if there is no document or no account, an id cannot be one, or an option is out of range.
   * @throws {TypeError} if the tracer is closed.
   */
  trace(accounts: readonly string[], options: TraceOptions = {}): AccountTraces {
    this.#checkOpen();
    const { issued = accounts.length, top = 0 } = options;
    const documents = this.#documents.length;
    if (documents === 0)
      throw new RangeError('"add" expected at least one document before a trace, got none');
    if (accounts.length === 0) throw new RangeError('"accounts" expected at least one account, got none');
    if (!(Number.isSafeInteger(issued) && issued >= accounts.length)) {
      throw new RangeError(`"issued" expected an integer >= the ${accounts.length} listed, got ${issued}`);
    }
    if (!(Number.isSafeInteger(top) && top >= 0)) {
      throw new RangeError(`"top" expected an integer >= 0, got ${top}`);
    }
    // Half of the level is the pool's, the other half is shared by the documents.
    const texts = this.#documents.map(({ statistic }) => ({
      statistic,
      tests: issued * (documents === 1 ? 1 : 2 * documents),
    }));
    if (documents > 1) texts.push({ statistic: accountStatistic(this.#pool.table), tests: 2 * issued });
    const found = nameAccounts(this.#codes, accounts, texts, this.#alpha, top);
    const decoys = this.#decoys && this.#traceDecoys(this.#decoys, accounts, issued);
    const traces = texts.map(({ statistic, tests }, i): AccountTrace => {
      const { conclusive, ...rest } = found[i]!;
      const ofDecoys = decoys?.map((values) => values[i] ?? 0);
      const isPool = i === documents;
      const overTexts: TraceCorrection[] =
        documents === 1 ? [] : [{ method: 'bonferroni', over: 'texts', tests: tests / issued }];
      return {
        object: 'account-trace',
        scope: isPool ? 'pooled' : 'document',
        verdict: !conclusive ? 'inconclusive' : rest.named.length > 0 ? 'named' : 'none-named',
        ...rest,
        ...(isPool ? this.#poolTokens() : this.#documents[i]!.tokens),
        codePositions: statistic.positions.length,
        alpha: this.#alpha,
        accounts: accounts.length,
        issued,
        documents: isPool ? documents : 1,
        ...(this.#weights === undefined || this.#weights === 'none' ? {} : { weights: this.#weights }),
        tests,
        corrections: [{ method: 'bonferroni', over: 'accounts', tests: issued }, ...overTexts],
        normalization: isPool ? [] : this.#documents[i]!.changes,
        ...(ofDecoys === undefined ? {} : { decoys: rankAmongDecoys(rest.log10PValue, ofDecoys) }),
        params: this.#key.fingerprint,
        keyId: this.#key.keyId,
      };
    });
    return { documents: traces.slice(0, documents), pooled: traces[documents] };
  }

  /** Overwrites the keys it holds; further calls throw. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#scorer.close();
    this.#codes.close();
  }

  // For each decoy, log10 of the smallest corrected p-value on each text, the pool last.
  #traceDecoys(options: DecoyOptions, accounts: readonly string[], issued: number): number[][] {
    return Array.from(drawDecoys(this.#key, options), (decoy) => {
      const tracer = new AccountTracer(decoy, { alpha: this.#alpha });
      try {
        for (const { again } of this.#documents) tracer.add(again!.tokenIds, again!.probabilities);
        const { documents, pooled } = tracer.trace(accounts, { issued });
        return [...documents, ...(pooled === undefined ? [] : [pooled])].map(
          ({ log10PValue }) => log10PValue,
        );
      } finally {
        tracer.close();
      }
    });
  }

  #poolTokens(): AccountTokens {
    const sum = (of: (tokens: AccountTokens) => number): number =>
      this.#documents.reduce((total, { tokens }) => total + of(tokens), 0);
    return {
      total: sum(({ total }) => total),
      scored: this.#pooled,
      duplicates: sum(({ scored, duplicates }) => scored + duplicates) - this.#pooled,
      otherSlots: sum(({ otherSlots }) => otherSlots),
      withoutContext: sum(({ withoutContext }) => withoutContext),
    };
  }

  #read(document: string | ArrayLike<number>): {
    tokenIds: Uint32Array;
    changes: readonly NormalizationChange[];
  } {
    if (typeof document !== 'string') return { tokenIds: toTokenIds(document), changes: [] };
    const tokenizer = tokenizerOf(this.#key, this.#tokenizer === undefined ? [] : [this.#tokenizer]);
    const { text, changes } = normalizeBy(document, this.#normalization);
    return { tokenIds: tokenizer.encode(text), changes };
  }

  #checkOpen(): void {
    if (this.#closed) throw new TypeError('"tracer" expected an open tracer, got a closed one');
  }
}
