import type { ContextSet } from './context-set.ts';
import { ContextSetError } from './context-set-error.ts';
import { type ContextSetFacts, ContextSetWriter } from './context-set-file.ts';
import { joinGroups } from './fingerprints.ts';
import type { BlockEntries } from './set-block.ts';

/** Bytes that are handed over at a time. */
const PIECE = 2 ** 20;

/**
 * Unites sets of one key, in whatever order: the result has the bytes that one collection of all their answers would have. Of a context that several have, the group
 * stays only if it is the same in all.
 *
 * @param sets at least one; a set that is given twice has its answers counted twice.
 * @returns the united file, in pieces of about {@link PIECE} bytes, and at the end what the united set says of itself.
 * @throws {ContextSetError} `sets-unfit` if they are of several keys, parameters or numbers of bits, or only some have groups.
 */
export function* mergeContextSets(
  sets: readonly ContextSet[],
): Generator<Uint8Array, ContextSetFacts, undefined> {
  const facts = unitedFacts(sets.map((set) => set.facts));
  const names = new Map((facts.groups ?? []).map((name, i) => [name, i + 1]));
  let pieces: Uint8Array[] = [];
  let held = 0;
  const writer = new ContextSetWriter(facts.groups, (bytes) => {
    pieces.push(bytes);
    held += bytes.length;
  });
  const cursors = sets.map((set) => new Cursor(set, names)).filter((cursor) => cursor.isOpen);
  // A heap: no cursor is behind its parent.
  for (let i = (cursors.length >>> 1) - 1; i >= 0; i--) sink(cursors, i);
  while (cursors.length > 0) {
    const { fingerprint } = cursors[0]!;
    let { group } = cursors[0]!;
    for (;;) {
      advanceFirst(cursors);
      if (cursors[0]?.fingerprint !== fingerprint) break;
      group = joinGroups(group, cursors[0].group);
    }
    writer.add(fingerprint, group);
    if (held < PIECE) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    held = 0;
  }
  const whole = writer.finish(facts);
  yield Buffer.concat(pieces);
  return whole;
}

function unitedFacts(all: readonly ContextSetFacts[]): Omit<ContextSetFacts, 'contexts'> {
  const [first, ...others] = all;
  if (first === undefined) throw new RangeError('"sets" expected at least one, got none');
  for (const other of others) {
    for (const [name, what] of [
      ['keyId', 'keys'],
      ['params', 'parameters'],
      ['bits', 'numbers of bits'],
    ] as const) {
      if (other[name] !== first[name])
        throw new ContextSetError(
          'sets-unfit',
          `the sets have different ${what}: ${first[name]} and ${other[name]}`,
        );
    }
    if ((other.groups === undefined) !== (first.groups === undefined))
      throw new ContextSetError('sets-unfit', 'only some of the sets tell contexts apart by group');
  }
  const sum = (name: 'answers' | 'texts' | 'tokens' | 'failed'): number =>
    all.reduce((total, facts) => total + facts[name], 0);
  const { keyId, params, bits, groups } = first;
  return {
    keyId,
    params,
    bits,
    answers: sum('answers'),
    texts: sum('texts'),
    tokens: sum('tokens'),
    failed: sum('failed'),
    ...(groups === undefined
      ? {}
      : { groups: [...new Set(all.flatMap((facts) => facts.groups ?? []))].sort() }),
  };
}

/** A place in a set. */
class Cursor {
  readonly #blocks: Generator<BlockEntries, void, void>;
  /** The united number of each of the set's groups. */
  readonly #numbers: Uint32Array;
  #block: BlockEntries | undefined;
  #at = 0;
  fingerprint = 0;
  group = 0;

  constructor(set: ContextSet, names: ReadonlyMap<string, number>) {
    this.#blocks = set.blocks();
    this.#numbers = Uint32Array.from([0, ...(set.facts.groups ?? []).map((name) => names.get(name) ?? 0)]);
    this.#at = -1;
    this.#block = this.#blocks.next().value ?? undefined;
    this.advance();
  }

  get isOpen(): boolean {
    return this.#block !== undefined;
  }

  /** Goes to the next context, if there is one. */
  advance(): void {
    if (this.#block === undefined) return;
    if (++this.#at === this.#block.length) {
      this.#at = 0;
      this.#block = this.#blocks.next().value ?? undefined;
      if (this.#block === undefined) return;
    }
    this.fingerprint = this.#block.fingerprints[this.#at]!;
    this.group = this.#numbers[this.#block.groups[this.#at]!]!;
  }
}

function advanceFirst(heap: Cursor[]): void {
  const first = heap[0]!;
  first.advance();
  if (!first.isOpen) {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
  }
  sink(heap, 0);
}

function sink(heap: Cursor[], from: number): void {
  let at = from;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    let least = at;
    if (left < heap.length && heap[left]!.fingerprint < heap[least]!.fingerprint) least = left;
    if (right < heap.length && heap[right]!.fingerprint < heap[least]!.fingerprint) least = right;
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
