import { escapeName } from '@countermark/report';

/** Names that come from a corpus, as a page may show them: whoever made the corpus chose them. */

/** Code units of a name that is shown whole; of a longer one, its beginning and its end. */
const WHOLE = 200;
const HEAD = 120;
const TAIL = 60;

/**
 * Returns a name as it may stand in HTML, in an element of its own that keeps its direction to itself.
 *
 * What cannot be seen is named, and the middle of a long name is left out, so that no name can grow the page.
 */
export function shownName(name: string): string {
  return `<span class="name" dir="auto">${escapeName(shorten(name))}</span>`;
}

/** Leaves out the middle of a long text: `beginning … 1,234 characters … end`. */
export function shorten(text: string): string {
  if (text.length <= WHOLE) return text;
  const head = text.slice(0, HEAD);
  const tail = text.slice(-TAIL);
  const left = text.length - HEAD - TAIL;
  return `${head} … ${left.toLocaleString('en-US')} characters … ${tail}`;
}
