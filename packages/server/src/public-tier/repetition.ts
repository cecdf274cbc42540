/** Whether a question asks about what was asked about before: each answer about the same tuples tells a little more of them. */

/**
 * Tuples of a question that may have been asked about as often as is allowed: phrases that any texts share. They carry too little
 * evidence to bring a text near the level that the rest of it could be weighed against.
 */
const MOST_SPENT = 16;

/** Tuples of one text: for each way in which keys read it their hashes, ascending. */
export type Question = readonly Uint32Array[];

/**
 * Finds the oldest of the earlier questions that a question repeats too much of.
 *
 * @param question see {@link Question}.
 * @param earlier  hashes of earlier questions, ascending in each, all ways of reading together; the oldest first.
 * @param limit    how many questions may ask about a tuple.
 * @returns an index into `earlier`; undefined if the question may be answered.
 */
export function oldestRepeated(
  question: Question,
  earlier: readonly Uint32Array[],
  limit: number,
): number | undefined {
  for (const hashes of question) {
    const asked = new Uint32Array(hashes.length);
    for (const other of earlier) forEachCommon(hashes, other, (at) => countUp(asked, at));
    const spent = hashes.filter((_, at) => (asked[at] ?? 0) >= limit);
    if (spent.length <= MOST_SPENT) continue;
    return earlier.findIndex((other) => {
      let isShared = false;
      forEachCommon(spent, other, () => {
        isShared = true;
      });
      return isShared;
    });
  }
  return undefined;
}

/** Puts a question's hashes together, ascending: what is kept of it. */
export function hashesOf(question: Question): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(question.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const hashes of question) {
    all.set(hashes, at);
    at += hashes.length;
  }
  return all.sort();
}

function countUp(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

function forEachCommon(a: Uint32Array, b: Uint32Array, found: (indexInA: number) => void): void {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) found(i);
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
}
