/** What a page draws at most, whatever it reports on: some megabytes. What is left out, the page says. */

/** Rows of a table. */
export const TABLE_ROWS = 10_000;

/** Documents with a section of their own. */
export const PAGE_SECTIONS = 100;

/** Tokens in one heat map. */
const HEAT_MAP_TOKENS = 20_000;

/** Tokens in all heat maps of a page. */
const PAGE_TOKENS = 60_000;

/**
 * Takes as many items as there is room for, and leaves them in their order.
 *
 * @param items  in the order to show.
 * @param rankOf of two items, the one with the smaller rank is taken first.
 * @param most   how many there is room for.
 */
export function takeFirst<T>(items: readonly T[], rankOf: (item: T) => number, most: number): T[] {
  if (items.length <= most) return [...items];
  const taken = new Set(byRank(items, rankOf).slice(0, most));
  return items.filter((item) => taken.has(item));
}

/** Returns items from the smallest rank to the largest, and in their order where it is the same. */
export function byRank<T>(items: readonly T[], rankOf: (item: T) => number): T[] {
  return [...items].sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * Shares the tokens that a page draws among its heat maps, each as much as there is left when its turn comes.
 *
 * @param lengths tokens in each document, the most interesting first.
 * @returns how many of each to draw, in the same order.
 */
export function shareTokens(lengths: readonly number[]): number[] {
  let left = PAGE_TOKENS;
  return lengths.map((length) => {
    const drawn = Math.min(length, HEAT_MAP_TOKENS, left);
    left -= drawn;
    return drawn;
  });
}
