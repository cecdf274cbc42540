import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import { type AccountCodes, createAccountCodes, type WatermarkKey } from '@countermark/watermark/scheme';
import type { NormalizationChange, Tokenizer } from '@countermark/watermark/tokenizer';
import type { AccountIds } from '../accounts/account-ids.ts';
import { AccountScorer, type AccountTokens, type TupleTable } from '../accounts/account-scorer.ts';
import { type AccountStatistic, accountStatistic } from '../accounts/account-statistic.ts';
import { AccountTable } from '../accounts/account-table.ts';
import type { TokenReport } from '../detect/token-report.ts';
import { checkDecoys, type DecoyOptions, drawDecoys, rankAmongDecoys } from '../key-tests/decoys.ts';
import { openSource, readSource } from '../read/document-reader.ts';
import { checkNormalization, type Normalization } from '../read/normalization.ts';
import { concatenated } from '../read/token-ids.ts';
import { TupleSet } from '../score/tuple-set.ts';
import { type TokenProbabilities, type TokenWeights, WeightTables } from '../weights/token-weights.ts';
import type { ProbabilitySource } from '../weights/weighted-scores.ts';
import { type AccountEvidencePoint, accountGrowth } from './account-growth.ts';
import { accountTokens, type KeptDocument } from './account-tokens.ts';
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
  /** Whether documents are kept, for {@link AccountTracer.tokens} and {@link AccountTracer.growth} (default false). */
  readonly keepDocuments?: boolean;
  /**
   * Random keys that the strongest account of each text is ranked among (default none). Each takes the time of a trace, and
   * the documents are kept for them.
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

const OPTIONS: OptionNames<AccountTracerOptions> = {
  tokenizer: true,
  alpha: true,
  normalization: true,
  keepDocuments: true,
  decoys: true,
};
const TRACE_OPTIONS: OptionNames<TraceOptions> = { issued: true, top: true };

/** A document that was added. */
interface AddedDocument {
  readonly tokens: AccountTokens;
  readonly statistic: AccountStatistic;
  readonly changes: readonly NormalizationChange[];
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
  readonly #kept: KeptDocument[] | undefined;
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
   * @throws {TypeError} if an option has another name.
   */
  constructor(key: WatermarkKey, options: AccountTracerOptions = {}) {
    checkOptionNames(options, OPTIONS, 'AccountTracer');
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
    this.#kept = options.keepDocuments === true || decoys !== undefined ? [] : undefined;
    this.#scorer = new AccountScorer(key);
    const accountKey = key.accountKey();
    this.#codes = createAccountCodes(accountKey);
    accountKey.fill(0);
  }

  /**
   * Adds one document. Memory grows with its different account-slot tuples, and with the document itself if it is kept.
   *
   * @param document      text, or token ids `[n]`, which are copied if they are kept.
   * @param probabilities how likely each token was, of a text for the tokens that {@link tokenize} gives; for `gumbel`
   *   keys. Either all documents have them, of one source, or none has.
   * @throws {DetectorError} `tokenizer-mismatch` if the tokenizer for a text is missing or another's; `token-out-of-range`
   *   naming the position; `probabilities-unusable`. The document is then not added.
   * @throws {RangeError} if other documents have no such probabilities, or they are of no use.
   * @throws {TypeError} if the tracer is closed.
   */
  add(document: string | ArrayLike<number>, probabilities?: TokenProbabilities): void {
    this.#checkOpen();
    const read = this.#read(document);
    const weights = probabilities && this.#weigh(probabilities, read.document.tokenIds.length);
    this.#add({ ...read.document, weights }, read.changes);
  }

  /**
   * Adds one document in several pieces, as the turns of a chat are: no context reaches from one to the next.
   *
   * @param turns Uint32Arrays `[n]` each. Copied if they are kept.
   * @throws {DetectorError} `token-out-of-range` naming the position, counted through the turns; nothing is added then.
   * @throws {TypeError} if the tracer is closed.
   */
  addTurns(turns: readonly Uint32Array[]): void {
    this.#checkOpen();
    const shown = { text: undefined, tokenizer: undefined, weights: undefined };
    this.#add({ ...shown, tokenIds: concatenated(turns), segments: turns }, []);
  }

  /**
   * Returns the token ids that a document is traced by, after normalisation: Uint32Array `[n]`.
   *
   * @param document as for {@link add}.
   * @throws {DetectorError} `tokenizer-mismatch` if the tokenizer for a text is missing or another's.
   */
  tokenize(document: string | ArrayLike<number>): Uint32Array {
    return this.#read(document).document.tokenIds;
  }

  /**
   * Compares the documents added so far with a list of accounts.
   *
   * @param accounts account ids, `[accounts]`, different ones, each 1 to 256 bytes of UTF-8. Not retained.
   * @param options  see {@link TraceOptions}.
   * @throws {RangeError} if there is no document or no account, an id cannot be one, or an option is out of range.
   * @throws {TypeError} if the tracer is closed.
   */
  trace(accounts: AccountIds, options: TraceOptions = {}): AccountTraces {
    checkOptionNames(options, TRACE_OPTIONS, 'AccountTracer.trace');
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
    const decoys = this.#traceDecoys(accounts, issued);
    const traces = texts.map(({ statistic, tests }, i): AccountTrace => {
      const { conclusive, ...rest } = found[i]!;
      const ofDecoys = decoys?.values.map((values) => values[i] ?? 0);
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
        ...(ofDecoys === undefined
          ? {}
          : { decoys: rankAmongDecoys(rest.log10PValue, ofDecoys, decoys?.seed) }),
        params: this.#key.fingerprint,
        keyId: this.#key.keyId,
      };
    });
    return { documents: traces.slice(0, documents), pooled: traces[documents] };
  }

  /**
   * Says what each token of a document was to an account: the `scored` ones are in account slots.
   *
   * @param document its number in the order added, from 0.
   * @param account  account id.
   * @throws {RangeError} if the document is not kept or the id cannot be one.
   * @throws {TypeError} if the tracer is closed.
   */
  tokens(document: number, account: string): TokenReport {
    return accountTokens(this.#scorer, this.#codes, this.#keptAt(document), account);
  }

  /**
   * Computes how the evidence for some accounts grew with the tokens read: {@link accountGrowth}.
   *
   * The curves are for reading. Only their last points are the test: stopping where one happens to be lowest is no valid rule.
   *
   * @param text     a document by its number in the order added, from 0, or all of them as one.
   * @param accounts account ids, `[accounts]`.
   * @param points   most points after the first, integer ≥ 1, spread evenly; the whole text is always the last.
   * @returns one curve for each account, `[accounts]`, by ascending token count, the first point at 0 tokens.
   * @throws {RangeError} if a document is not kept, an id cannot be one, or `points` is out of range.
   * @throws {TypeError} if the tracer is closed.
   */
  growth(text: number | 'pooled', accounts: readonly string[], points: number): AccountEvidencePoint[][] {
    const numbers = text === 'pooled' ? [...this.#documents.keys()] : [text];
    const documents = numbers.map((number) => this.#keptAt(number));
    return accountGrowth(this.#scorer, this.#codes, documents, accounts, points);
  }

  /** Overwrites the keys it holds; further calls throw. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#scorer.close();
    this.#codes.close();
  }

  #weigh(probabilities: TokenProbabilities, tokens: number): TokenWeights {
    const scheme = this.#key.params.scheme.kind;
    if (scheme !== 'gumbel') throw new RangeError(`"probabilities" expected a gumbel key, got ${scheme}`);
    return this.#weightTables.weigh(probabilities, tokens);
  }

  #add(document: KeptDocument, changes: readonly NormalizationChange[]): void {
    const { segments, weights } = document;
    const source = weights?.scores.source ?? 'none';
    if ((this.#weights ?? source) !== source) {
      throw new RangeError(
        `"probabilities" expected ${this.#weights} as for the other documents, got ${source}`,
      );
    }
    const own = { table: new AccountTable(), tuples: new TupleSet() };
    const { pooled, ...tokens } = this.#scorer.add(segments, own, { pool: this.#pool, weights });
    this.#weights = source;
    this.#pooled += pooled;
    this.#documents.push({ tokens, statistic: accountStatistic(own.table), changes });
    this.#kept?.push(copyOf(document));
  }

  // For each decoy, log10 of the smallest corrected p-value on each text, the pool last; and where the decoys come from.
  #traceDecoys(
    accounts: AccountIds,
    issued: number,
  ): { readonly values: number[][]; readonly seed: string | undefined } | undefined {
    const options = this.#decoys;
    if (options === undefined || options.count === 0) return undefined;
    const seed = this.#decoySeed();
    const values = Array.from(drawDecoys(this.#key, options, seed), (decoy) => {
      const tracer = new AccountTracer(decoy, { alpha: this.#alpha });
      try {
        for (const document of this.#kept ?? []) tracer.#add(document, []);
        const { documents, pooled } = tracer.trace(accounts, { issued });
        return [...documents, ...(pooled === undefined ? [] : [pooled])].map(
          ({ log10PValue }) => log10PValue,
        );
      } finally {
        tracer.close();
      }
    });
    return { values, seed: options.secret === undefined ? seed : undefined };
  }

  // Of all documents as one, in the order added.
  #decoySeed(): string {
    const kept = this.#kept ?? [];
    return this.#key.decoySeed(concatenated(kept.map(({ tokenIds }) => tokenIds)));
  }

  #keptAt(document: number): KeptDocument {
    this.#checkOpen();
    const kept = this.#kept?.[document];
    if (kept !== undefined) return kept;
    const got = this.#kept === undefined ? 'a tracer without "keepDocuments"' : String(document);
    throw new RangeError(`"document" expected the number of a document that is kept, got ${got}`);
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
    readonly document: KeptDocument;
    readonly changes: readonly NormalizationChange[];
  } {
    const source = openSource(document, this.#normalization);
    const tokenizers = this.#tokenizer === undefined ? [] : [this.#tokenizer];
    const [reading] = readSource(source, [this.#key], tokenizers);
    const isText = 'text' in source;
    return {
      document: {
        ...reading!,
        segments: [reading!.tokenIds],
        text: isText ? source.text : undefined,
        weights: undefined,
      },
      changes: isText ? source.changes : [],
    };
  }

  #checkOpen(): void {
    if (this.#closed) throw new TypeError('"tracer" expected an open tracer, got a closed one');
  }
}

function copyOf(document: KeptDocument): KeptDocument {
  const segments = document.segments.map((segment) => Uint32Array.from(segment));
  return { ...document, segments, tokenIds: concatenated(segments) };
}
