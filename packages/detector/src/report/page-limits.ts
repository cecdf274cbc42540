/** What a page draws at most, whatever it reports on: some megabytes. What is left out, the page says. */

/** Documents with a section of their own; the table at the top lists all. */
export const PAGE_SECTIONS = 100;

/** Tokens in one heat map. */
const HEAT_MAP_TOKENS = 20_000;

/** Tokens in all heat maps of a page. */
const PAGE_TOKENS = 60_000;

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
