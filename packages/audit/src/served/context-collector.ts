import type { MarkKey, ScoringMark } from '@countermark/watermark/scheme';
import { ContextLedger } from '../read/context-ledger.ts';
import { ContextSetError } from './context-set-error.ts';
import { type ContextSetFacts, ContextSetWriter } from './context-set-file.ts';
import {
  checkBits,
  DEFAULT_BITS,
  fingerprintIn,
  fingerprintOf,
  groupIn,
  joinGroups,
  mostGroups,
  NO_GROUP,
  packEntry,
} from './fingerprints.ts';

/** How contexts are collected. */
export interface CollectorOptions {
  /** Bits that are kept of each context's salt, 32 … 48 (default 40). */
  readonly bits?: number;
  /** Whether contexts are told apart by whom they were served to. */
  readonly byGroup?: boolean;
}

/** An answer that was served. */
export interface ServedAnswer {
  /** Its token ids, in pieces from one of which no context reaches to the next. */
  readonly segments: readonly Uint32Array[];
  /** Whether it was given as a text. */
  readonly isText: boolean;
  /** Whom it was served to; what nobody knows of is taken for everybody's. */
  readonly group?: string | undefined;
}

/** Entries that are sorted at a time. */
const BUFFER = 2 ** 18;

/**
 * Collects the contexts of answers that were served. Every context that occurs in a common slot is taken, the last one of a piece too: whether it occurs is
 * decided before its words are used (docs/statistics.md, section 19.8). Holds the derived key until closed.
 */
export class ContextCollector {
  readonly #key: MarkKey;
  readonly #mark: ScoringMark;
  readonly #ledger: ContextLedger;
  readonly #bits: number;
  readonly #byGroup: boolean;
  readonly #numbers = new Map<string, number>();
  readonly #buffer = new Float64Array(BUFFER);
  #held = 0;
  /** Sorted, each at least twice as long as the next. */
  readonly #runs: Float64Array[] = [];
  readonly #counts = { answers: 0, texts: 0, tokens: 0, failed: 0 };

  /** @throws {RangeError} if an option is out of range. */
  constructor(key: MarkKey, { bits = DEFAULT_BITS, byGroup = false }: CollectorOptions = {}) {
    checkBits(bits);
    this.#key = key;
    this.#bits = bits;
    this.#byGroup = byGroup;
    this.#mark = key.openScoring();
    this.#ledger = new ContextLedger(this.#mark.source);
  }

  /**
   * Adds an answer.
   *
   * @throws {ContextSetError} `too-many-groups`.
   */
  add({ segments, isText, group }: ServedAnswer): void {
    const number = this.#byGroup && group !== undefined ? this.#numberOf(group) : NO_GROUP;
    this.#counts.answers++;
    if (isText) this.#counts.texts++;
    for (const tokenIds of segments) {
      this.#counts.tokens += tokenIds.length;
      for (const { slot, saltLow, saltHigh } of this.#ledger.contexts(tokenIds, true)) {
        if (slot >= this.#mark.commonLimit) continue;
        if (this.#held === BUFFER) this.#sort();
        const fingerprint = fingerprintOf(saltLow, saltHigh, this.#bits);
        this.#buffer[this.#held++] = packEntry(fingerprint, number, this.#bits);
      }
    }
  }

  /** Counts records that could not be read. */
  fail(records: number): void {
    this.#counts.failed += records;
  }

  /** Returns the bytes of the set's file. */
  format(): Uint8Array {
    this.#sort();
    while (this.#runs.length > 1) this.#mergeLast();
    const groups = this.#byGroup ? [...this.#numbers.keys()].sort() : undefined;
    // Numbers were given in the order of the answers; those of the file follow from the names.
    const renumbered = new Uint32Array(this.#numbers.size + 1);
    for (const [i, name] of (groups ?? []).entries()) renumbered[this.#numbers.get(name)!] = i + 1;
    const pieces: Uint8Array[] = [];
    const writer = new ContextSetWriter(groups, (bytes) => pieces.push(bytes));
    for (const entry of this.#runs[0] ?? []) {
      writer.add(fingerprintIn(entry, this.#bits), renumbered[groupIn(entry, this.#bits)]!);
    }
    writer.finish(this.#facts(groups));
    return Buffer.concat(pieces);
  }

  /** Overwrites the key. May be called twice. */
  close(): void {
    this.#mark.source.close();
  }

  #facts(groups: readonly string[] | undefined): Omit<ContextSetFacts, 'contexts'> {
    const { keyId, fingerprint: params } = this.#key;
    return { keyId, params, bits: this.#bits, ...this.#counts, ...(groups === undefined ? {} : { groups }) };
  }

  #numberOf(group: string): number {
    const known = this.#numbers.get(group);
    if (known !== undefined) return known;
    const most = mostGroups(this.#bits);
    if (this.#numbers.size === most) {
      throw new ContextSetError(
        'too-many-groups',
        `more than ${most} groups: with fewer bits there is room for more`,
      );
    }
    const number = this.#numbers.size + 1;
    this.#numbers.set(group, number);
    return number;
  }

  #sort(): void {
    if (this.#held === 0) return;
    const run = this.#buffer.slice(0, this.#held).sort();
    this.#held = 0;
    this.#runs.push(this.#joined(run, new Float64Array(0)));
    while (this.#runs.length > 1 && this.#runs.at(-2)!.length < 2 * this.#runs.at(-1)!.length)
      this.#mergeLast();
  }

  #mergeLast(): void {
    const b = this.#runs.pop()!;
    const a = this.#runs.pop()!;
    this.#runs.push(this.#joined(a, b));
  }

  /** Merges two sorted runs, one entry a fingerprint. */
  #joined(a: Float64Array, b: Float64Array): Float64Array {
    const bits = this.#bits;
    const merged = new Float64Array(a.length + b.length);
    let length = 0;
    let last = -1;
    for (let i = 0, j = 0; i < a.length || j < b.length; ) {
      const entry = j === b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
      const fingerprint = fingerprintIn(entry, bits);
      if (fingerprint === last) {
        const group = joinGroups(groupIn(merged[length - 1]!, bits), groupIn(entry, bits));
        merged[length - 1] = packEntry(fingerprint, group, bits);
      } else {
        merged[length++] = entry;
        last = fingerprint;
      }
    }
    return merged.slice(0, length);
  }
}
