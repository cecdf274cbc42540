/** Whether a text carries the mark of any account of a list: for detection, which never says whose. docs/statistics.md, "Account slots". */
import { type AccountCodes, createAccountCodes, type WatermarkKey } from '@countermark/watermark/scheme';
import { averageEValues } from '../evidence/e-values.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { createWordBins } from '../likelihood/create-word-bins.ts';
import { EvidenceTally } from '../likelihood/evidence-tally.ts';
import { TupleSet } from '../score/tuple-set.ts';
import { type AccountIds, accountKeyAt } from './account-ids.ts';
import { AccountScorer } from './account-scorer.ts';
import { accountStatistic } from './account-statistic.ts';
import { AccountTable, SYMBOLS } from './account-table.ts';
import { rankAccounts } from './rank-accounts.ts';
import { symbolReader } from './symbol-reader.ts';

/** Accounts whose mark a text may carry beside the common one. Fix them before looking at a document. */
export interface ListedAccounts {
  /** At least one. Kept, not copied. */
  readonly ids: AccountIds;
  /** Accounts ever issued, at least as many as are listed (default as many): what is paid for looking. */
  readonly issued?: number;
}

/** What the account slots of a document add to its common ones. Names no account. */
export interface AccountSlots {
  /** Accounts compared with the document. */
  readonly accounts: number;
  /** Accounts that p-value and e-value are corrected for. */
  readonly issued: number;
  /** Unique account-slot tuples: they are scored beside those of common slots. */
  readonly scored: number;
  /** Sum of their integer scores under the code that fits the document best. */
  readonly sum: number;
  /** log10 of the p-value of common and account slots together under that code, before any correction. */
  readonly log10RawPValue: number;
  /** The same corrected for all accounts issued; not yet for the test of common slots alone beside it. */
  readonly log10PValue: number;
  /** log10 of the e-value of common and account slots: the mean of that without an account and of the mean over the accounts. */
  readonly log10EValue: number;
}

/** What the common slots of a document came to. */
export interface CommonSlots {
  readonly scored: number;
  readonly sum: number;
  /** Uint32Array `[scored]`, the words of its unique common-slot tuples. */
  readonly words: Uint32Array;
}

// Accounts with the largest sums of account slots are looked at to the last digit; of the others the e-values count as 0.
const CLOSEST = 16;

/** Tests the account slots of documents under one key; holds its derived keys until closed. */
export class AccountSlotsTest {
  readonly #key: WatermarkKey;
  readonly #list: ListedAccounts;
  readonly #issued: number;
  readonly #scorer: AccountScorer;
  readonly #codes: AccountCodes;

  /**
   * @param key  one that gives accounts a share.
   * @param list see {@link ListedAccounts}.
   * @throws {RangeError} if there is no account, or more are listed than were issued.
   */
  constructor(key: WatermarkKey, list: ListedAccounts) {
    this.#key = key;
    this.#list = list;
    this.#issued = checkListedAccounts(list);
    this.#scorer = new AccountScorer(key);
    const accountKey = key.accountKey();
    this.#codes = createAccountCodes(accountKey);
    accountKey.fill(0);
  }

  /**
   * Tests a document.
   *
   * H₀: it was produced without access to the key. Under each code the words of its account slots and those of its common slots are then
   * independent and uniform, so the sum of both has the scheme's null law; the largest of all accounts' sums is paid for by their number.
   *
   * @param tokenIds Uint32Array `[n]`. Not retained.
   * @param common   what its common slots came to.
   */
  run(tokenIds: Uint32Array, common: CommonSlots): AccountSlots {
    const { ids } = this.#list;
    const tuples = this.#tuplesOf(tokenIds);
    const scored = tuples.codePositions.length;
    const statistic = accountStatistic(tuples.table);
    const [ranking] = rankAccounts(this.#codes, ids, [{ statistic, cut: Infinity, top: CLOSEST }]);
    const words = (ranking?.top ?? []).map(({ index }) => this.#wordsOf(tuples, accountKeyAt(ids, index)));
    const { scheme } = this.#scorer;
    const sum = Math.max(...words.map((ofAccount) => scheme.sumScores(ofAccount, ofAccount.length)));
    const log10RawPValue = nullTailLog10(scheme.nullLaw, common.scored + scored, common.sum + sum);
    return {
      accounts: ids.length,
      issued: this.#issued,
      scored,
      sum,
      log10RawPValue,
      log10PValue: Math.min(0, log10RawPValue + Math.log10(this.#issued)),
      log10EValue: this.#log10EValue(common.words, words),
    };
  }

  /** Overwrites the keys; further runs throw. May be called twice. */
  close(): void {
    this.#scorer.close();
    this.#codes.close();
  }

  #tuplesOf(tokenIds: Uint32Array): SlotTuples {
    const table = new AccountTable();
    const codePositions: number[] = [];
    const words: number[] = [];
    this.#scorer.add(
      [tokenIds],
      { table, tuples: new TupleSet() },
      {
        trace: {
          statuses: new Uint8Array(tokenIds.length),
          onScored: (_position, codePosition, _scores, found) => {
            codePositions.push(codePosition);
            words.push(...found);
          },
        },
      },
    );
    return { table, codePositions, words: Uint32Array.from(words) };
  }

  #wordsOf({ codePositions, words }: SlotTuples, account: string | Uint8Array): Uint32Array {
    const symbolAt = symbolReader(this.#codes, account);
    return Uint32Array.from(codePositions, (position, i) => words[SYMBOLS * i + symbolAt(position)]!);
  }

  // ½ (E of common slots + Σ E of common and account slots / issued), a sum over some of the accounts: E is never below 0.
  #log10EValue(common: Uint32Array, ofAccounts: readonly Uint32Array[]): number {
    const bins = createWordBins(this.#key.params.scheme);
    const log10EOf = (words: Uint32Array): number => {
      const tally = new EvidenceTally(bins);
      tally.add(common, common.length);
      tally.add(words, words.length);
      return tally.log10EValue();
    };
    const log10Share = Math.log10(ofAccounts.length / this.#issued);
    const log10Mean = averageEValues(ofAccounts.map(log10EOf)) + log10Share;
    return averageEValues([log10EOf(new Uint32Array(0)), log10Mean]);
  }
}

/** The unique account-slot tuples of a document. */
interface SlotTuples {
  readonly table: AccountTable;
  /** `[scored]` */
  readonly codePositions: readonly number[];
  /** Uint32Array `[scored * 16]`, row-major: the word of each under each symbol. */
  readonly words: Uint32Array;
}

/**
 * Returns how many accounts a list stands for.
 *
 * @throws {RangeError} if there is none, or more are listed than were issued.
 */
export function checkListedAccounts({ ids, issued = ids.length }: ListedAccounts): number {
  if (ids.length === 0) throw new RangeError('"accounts" expected at least one account, got none');
  if (!(Number.isSafeInteger(issued) && issued >= ids.length)) {
    throw new RangeError(`"issued" expected an integer >= the ${ids.length} listed, got ${issued}`);
  }
  return issued;
}

/**
 * Joins the p-value of common slots with that of account slots: the smaller of the two, times 2.
 *
 * @param log10Common log10 of the p-value of common slots, parts of the document included where they were searched.
 * @param slots       undefined where no accounts were looked for.
 * @returns log10 of a p-value against "produced without access to the key".
 */
export function joinAccountSlots(log10Common: number, slots: AccountSlots | undefined): number {
  if (slots === undefined) return log10Common;
  return Math.min(0, Math.min(log10Common, slots.log10PValue) + Math.log10(SLOT_TESTS));
}

/** Tests that a p-value with account slots is the smallest of: with and without them. */
export const SLOT_TESTS = 2;
