/** Counts where an assistant's turn says in the first person which assistant it is. A lead, never proof. */
import { findAnchors, OTHER_LETTER } from './anchor-search.ts';
import { readClaim } from './claim-reader.ts';
import { ANY_OPENING, LATIN_OPENING, languagesAt } from './compiled-phrases.ts';
import { readFramed } from './frame-reader.ts';
import { isOthersWords } from './others-words.ts';

/** "I am ChatGPT", "a language model made by OpenAI, I …". */
export interface IdentityClaim {
  /** Whose: the maker's id, as in `ASSISTANTS`. */
  readonly assistant: string;
  /** In which language, ISO 639-1. */
  readonly language: string;
  /** `[start, end)` in the text, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** What a text says about who wrote it. */
export interface IdentityStatements {
  readonly claims: readonly IdentityClaim[];
  /** "I am not ChatGPT". */
  readonly denials: readonly IdentityClaim[];
}

/** Reads texts for claims. Keeps nothing between calls. */
export interface IdentityCounter {
  /** Lists the claims of a text, in order. */
  count(text: string): readonly IdentityClaim[];
  /** Lists claims and denials, in order. */
  read(text: string): IdentityStatements;
}

// Characters from an opening to the name or maker that it claims, at most.
const REACH = 160;
const LONGEST_OPENING = 64;
const NONE: IdentityStatements = { claims: [], denials: [] };

/**
 * Creates a counter of claims.
 *
 * Time is linear in a text's length: names are searched for first, and each stretch before one is read once.
 */
export function createIdentityCounter(): IdentityCounter {
  return { count: (text) => read(text).claims, read };
}

function read(text: string): IdentityStatements {
  const anchors = findAnchors(text);
  if (anchors.length === 0) return NONE;
  const claims: IdentityClaim[] = [];
  const denials: IdentityClaim[] = [];
  let done = 0;
  for (const anchor of anchors) {
    for (const start of openingsIn(text, Math.max(done, anchor - REACH), anchor)) {
      if (start < done) continue;
      const statement = readAny(text, start);
      if (statement === undefined) continue;
      const { assistant, language, denied, end } = statement;
      if (isOthersWords(text, start, end)) continue;
      (denied ? denials : claims).push({ assistant, language, start, end });
      done = end;
    }
    const framed = anchor < done ? undefined : readFramed(text, anchor);
    if (framed !== undefined && framed.start >= done && !isOthersWords(text, framed.start, framed.end)) {
      const { assistant, language, denied, start, end } = framed;
      (denied ? denials : claims).push({ assistant, language, start, end });
      done = end;
    }
    done = Math.max(done, anchor);
  }
  return { claims, denials };
}

// Openings that start in [from, to]. The stretch is cut out: a search that ran on would make many names quadratic.
function openingsIn(text: string, from: number, to: number): number[] {
  const base = Math.max(0, from - 1);
  const stretch = text.slice(base, to + LONGEST_OPENING);
  const starts: number[] = [];
  const opening = OTHER_LETTER.test(stretch) ? ANY_OPENING : LATIN_OPENING;
  opening.lastIndex = from - base;
  for (let match = opening.exec(stretch); match !== null; match = opening.exec(stretch)) {
    const start = base + match.index;
    if (start > to) break;
    starts.push(start);
    // Openings overlap: "ik ben" and "ben".
    opening.lastIndex = match.index + 1;
  }
  return starts;
}

function readAny(
  text: string,
  start: number,
): (ReturnType<typeof readClaim> & { language: string }) | undefined {
  for (const phrases of languagesAt(text, start)) {
    const claim = readClaim(text, start, phrases);
    if (claim !== undefined) return { ...claim, language: phrases.language };
  }
  return undefined;
}
