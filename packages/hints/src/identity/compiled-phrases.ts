/** The phrases of a language as regular expressions that are tried at one place. */
import type { ClaimPhrases } from './claim-phrases.ts';
import { CLAIM_PHRASES } from './phrases/all.ts';

/** What {@link ClaimPhrases} says, compiled. All but `self`, `link`, `made` and `block` are tried at a place. */
export interface CompiledPhrases {
  readonly language: string;
  /** Any of the four below. */
  readonly opening: RegExp;
  readonly open: RegExp;
  readonly called: RegExp;
  readonly role: RegExp | undefined;
  readonly passive: RegExp | undefined;
  readonly passiveEnd: RegExp | undefined;
  /** Tried on what stands before the opening. */
  readonly unless: RegExp;
  /** Tried on what stands before the opening. */
  readonly notBefore: RegExp;
  readonly not: RegExp;
  /** Tried anywhere in the opening: "je ne suis". */
  readonly notInside: RegExp;
  readonly notAfter: RegExp;
  readonly fill: RegExp;
  readonly noun: RegExp;
  readonly named: RegExp;
  readonly makerLead: RegExp;
  readonly makerMade: RegExp;
  /** What must follow a name. */
  readonly tail: RegExp;
  /** What may follow it instead if the words after it say that it is an assistant's. */
  readonly openTail: RegExp;
  /** What must follow a noun that comes last. */
  readonly nounTail: RegExp;
  readonly self: RegExp;
  /** Tried on what is around. */
  readonly notWith: RegExp;
  readonly link: RegExp;
  readonly made: RegExp;
  readonly block: RegExp;
}

const NOTHING = '(?!)';
const BREAK = '[ \\t\\u00a0]?';
// Not a question mark: "I am ChatGPT?" claims nothing.
const PUNCTUATION = '[ \\t*_]{0,3}(?:[.,;:!)(\\]\\[…。，！、；：（）،؛।—–*|"“”」』\\n\\r]|-[ -]|$)';
const SENTENCE_END = '[ \\t*_]{0,3}(?:[.,;!…。，！、；،؛।\\n\\r—–(（:：)*]|- |$)';

const LATIN_PHRASES = CLAIM_PHRASES.filter(isLatin).map(compile);
const OTHER_PHRASES = CLAIM_PHRASES.filter((phrases) => !isLatin(phrases)).map(compile);
const FIRST_OTHER_LETTER = 0x400;

/** Finds the next place where an opening of a language in Latin letters may begin. */
export const LATIN_OPENING: RegExp = anyOpening(CLAIM_PHRASES.filter(isLatin));
/** Finds the next place where any language's opening may begin. */
export const ANY_OPENING: RegExp = anyOpening(CLAIM_PHRASES);

/** Lists the languages that may open a claim at a place, by its letter's script. */
export function languagesAt(text: string, start: number): readonly CompiledPhrases[] {
  return text.charCodeAt(start) < FIRST_OTHER_LETTER ? LATIN_PHRASES : OTHER_PHRASES;
}

// Found fast rather than exactly: no Unicode classes, and only the plainest of letters before. Each language looks again.
function anyOpening(list: readonly ClaimPhrases[]): RegExp {
  const sources = list.map((phrases) => {
    return `${phrases.spaced ? '(?<![a-zа-я])' : ''}(?:${openingsOf(phrases).join('|')})`;
  });
  return new RegExp(sources.join('|'), 'gi');
}

function openingsOf({ open, called, role, passive }: ClaimPhrases): string[] {
  return [open, called, role, passive].filter((source) => source !== undefined);
}

function isLatin({ open }: ClaimPhrases): boolean {
  return /^[a-z]/.test(open);
}

function compile(phrases: ClaimPhrases): CompiledPhrases {
  const { and, end, spaced } = phrases;
  const on = spaced ? '(?![\\p{L}\\p{M}\\p{N}_])' : '';
  const here = (source: string | undefined, after = on): RegExp =>
    new RegExp(`${BREAK}(?:${source ?? NOTHING})${after}`, 'iuy');
  const opening = (source: string): RegExp => new RegExp(`${before(phrases)}(?:${source})${on}`, 'iuy');
  const following = spaced ? `[ \\t]{1,2}(?:${and})(?![\\p{L}\\p{M}])` : `(?:${and})`;
  const closing = `(?:${PUNCTUATION}|${following})`;
  return {
    language: phrases.language,
    opening: opening(openingsOf(phrases).join('|')),
    open: opening(phrases.open),
    called: opening(phrases.called),
    role: phrases.role === undefined ? undefined : opening(phrases.role),
    passive: phrases.passive === undefined ? undefined : opening(phrases.passive),
    passiveEnd:
      phrases.passiveEnd === undefined
        ? undefined
        : new RegExp(`[^.!?。！？\\n]{0,${spaced ? 20 : 4}}?(?:${phrases.passiveEnd})`, 'iuy'),
    unless: beforehand(phrases.unless),
    notBefore: beforehand(phrases.notBefore),
    not: here(phrases.not),
    notInside: new RegExp(phrases.notInside ?? NOTHING, 'iu'),
    notAfter: here(phrases.notAfter),
    // Commas and dashes stand between fillers: "I am, indeed, …", "Я — …".
    fill: new RegExp(
      `(?:[ \\t,，、،:：—–*_"“«-]{0,3}(?:${phrases.fill})${spaced ? '(?![\\p{L}\\p{M}\\p{N}_])' : ''}){0,6}[ \\t,，、،:：—–*_-]{0,3}`,
      'iuy',
    ),
    noun: here(phrases.noun, end === undefined ? on : ''),
    named: here(`[,:]? ?(?:${phrases.named})`, '[ :"“«\'*]{0,3}'),
    makerLead: here(phrases.makerLead, `${on} ?`),
    makerMade: new RegExp(`(?:${phrases.makerMade ?? "['’]s"})? ?`, 'iuy'),
    // Where the verb comes last, "I, ChatGPT, Claude" may go on with "use".
    tail: new RegExp(end ?? closing, 'iuy'),
    openTail: new RegExp(closing, 'iuy'),
    nounTail: new RegExp(end === undefined ? '' : `(?:${end}|${SENTENCE_END})`, 'iuy'),
    self: new RegExp(phrases.self ?? '', 'iu'),
    notWith: new RegExp(phrases.notWith ?? NOTHING, 'iu'),
    link: new RegExp(`^[ ,，、(（–—-]{0,3}(?:${phrases.link})`, 'iu'),
    made: new RegExp(phrases.made, 'iu'),
    block: new RegExp(phrases.block, 'iu'),
  };
}

function before({ spaced }: ClaimPhrases): string {
  return spaced ? '(?<![\\p{L}\\p{M}\\p{N}_])' : '';
}

function beforehand(source: string | undefined): RegExp {
  return new RegExp(`(?:^|[^\\p{L}])(?:${source ?? NOTHING})[ \\t"“«'‘「『]{0,3}$`, 'iu');
}
