/** Reads the claim that an opening makes: "I am", and then a name, a noun with its maker, or a maker with its noun. */
import { type FoundName, makerAt, makersIn, nameAt } from './assistant-names.ts';
import type { CompiledPhrases } from './compiled-phrases.ts';

/** A claim at a place, or its denial. */
export interface ReadClaim {
  readonly assistant: string;
  readonly denied: boolean;
  /** Where it ends, in UTF-16 code units. */
  readonly end: number;
}

// Characters: how far from the noun its maker may be, from the name what tells it from a person's, from "as a model" its "I".
const MAKER_WINDOW = 100;
const EVIDENCE_WINDOW = 120;
const SELF_WINDOW = 80;
const BEFORE_WINDOW = 24;
const AROUND = 80;

const STOP = /[.!?。！？।\n"“”«»]/;
const QUOTE = /["“«„「『‘']$/;

/** Reads the claim that opens at a place in one language's words; undefined if it claims nothing. */
export function readClaim(text: string, start: number, phrases: CompiledPhrases): ReadClaim | undefined {
  phrases.opening.lastIndex = start;
  if (!phrases.opening.test(text)) return undefined;
  const lead = text.slice(Math.max(0, start - BEFORE_WINDOW), start);
  // Words in quotation marks are somebody else's, unless all of the text is.
  if ((QUOTE.test(lead) && start > 1) || phrases.unless.test(lead)) return undefined;
  if (phrases.notWith.test(text.slice(Math.max(0, start - AROUND), start + AROUND))) return undefined;
  const denied = phrases.notBefore.test(lead);
  return (
    passiveClaim(text, start, phrases, denied) ??
    roleClaim(text, start, phrases) ??
    calledClaim(text, start, phrases, denied) ??
    openClaim(text, start, phrases, denied)
  );
}

function passiveClaim(
  text: string,
  start: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const opened = phrases.passive && endOf(phrases.passive, text, start);
  if (opened === undefined) return undefined;
  const words = clause(text, opened, 30);
  const maker = makersIn(words)[0];
  if (maker === undefined || phrases.block.test(words.slice(0, maker.start))) return undefined;
  const end = opened + maker.end;
  if (phrases.passiveEnd === undefined) return { assistant: maker.assistant.id, denied, end };
  const verb = endOf(phrases.passiveEnd, text, end);
  return verb === undefined ? undefined : { assistant: maker.assistant.id, denied, end: verb };
}

function roleClaim(text: string, start: number, phrases: CompiledPhrases): ReadClaim | undefined {
  const opened = phrases.role && endOf(phrases.role, text, start);
  if (opened === undefined) return undefined;
  const at = endOf(phrases.fill, text, opened) ?? opened;
  const claim = nounClaim(text, at, phrases, false) ?? makerClaim(text, at, phrases, false);
  if (claim === undefined) return undefined;
  const rest = text.slice(claim.end, claim.end + SELF_WINDOW);
  return phrases.self.test(rest) ? claim : undefined;
}

function calledClaim(
  text: string,
  start: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const opened = endOf(phrases.called, text, start);
  if (opened === undefined) return undefined;
  const not = endOf(phrases.not, text, opened);
  const at = endOf(phrases.fill, text, not ?? opened) ?? opened;
  return nameClaim(text, at, phrases, denied || not !== undefined);
}

function openClaim(
  text: string,
  start: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const opened = endOf(phrases.open, text, start);
  if (opened === undefined) return undefined;
  let at = endOf(phrases.fill, text, opened) ?? opened;
  const not = endOf(phrases.not, text, at > opened ? at - 1 : at) ?? endOf(phrases.not, text, at);
  if (not !== undefined) at = endOf(phrases.fill, text, not) ?? not;
  const isDenied = denied || not !== undefined || phrases.notInside.test(text.slice(start, opened));
  return (
    nameClaim(text, at, phrases, isDenied) ??
    // "Le Chat" begins with what may fill.
    nameClaim(text, text[opened] === ' ' ? opened + 1 : opened, phrases, isDenied) ??
    nounClaim(text, at, phrases, isDenied) ??
    makerClaim(text, at, phrases, isDenied)
  );
}

// "… ChatGPT", "… Claude, made by Anthropic", "… Google's Gemini".
function nameClaim(
  text: string,
  at: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const named = nameAt(text, at) ?? makersName(text, at, phrases);
  if (named === undefined) return undefined;
  const { assistant, end } = named;
  const negated = endOf(phrases.notAfter, text, end);
  const claim = { assistant: assistant.id, denied: denied || negated !== undefined, end: negated ?? end };
  if (negated !== undefined) return claim;
  if (endOf(phrases.tail, text, end) !== undefined && (denied || !named.shared)) return claim;
  const goesOn = endOf(phrases.tail, text, end) ?? endOf(phrases.openTail, text, end);
  return goesOn !== undefined && isAssistant(text, named, phrases) ? claim : undefined;
}

function makersName(text: string, at: number, phrases: CompiledPhrases): FoundName | undefined {
  const maker = makerAt(text, at);
  if (maker === undefined) return undefined;
  const name = nameAt(text, endOf(phrases.makerMade, text, maker.end) ?? maker.end);
  return name?.assistant === maker.assistant ? { ...name, shared: false } : undefined;
}

// What tells an assistant from a person of its name: a noun right after it, or its own maker with a verb for what makers do.
function isAssistant(text: string, { assistant, end }: FoundName, phrases: CompiledPhrases): boolean {
  const joined = endOf(phrases.fill, text, end) ?? end;
  if (endOf(phrases.noun, text, joined) !== undefined && tailOfNoun(text, joined, phrases)) return true;
  if (makerClaim(text, joined, phrases, false)?.assistant === assistant.id) return true;
  const rest = text.slice(end, end + EVIDENCE_WINDOW);
  return makersIn(rest).some((maker) => {
    const gap = rest.slice(0, maker.start);
    const after = rest.slice(maker.end, maker.end + 24);
    const near = !assistant.largeMaker && phrases.link.test(gap);
    return (
      maker.assistant === assistant &&
      !phrases.block.test(gap) &&
      (near || phrases.made.test(gap) || phrases.made.test(after))
    );
  });
}

function tailOfNoun(text: string, at: number, phrases: CompiledPhrases): boolean {
  const end = endOf(phrases.noun, text, at);
  return end !== undefined && !/^(?:['’]s)/.test(text.slice(end, end + 2));
}

// "… a language model made by OpenAI", "… an assistant called Claude".
function nounClaim(
  text: string,
  at: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const end = endOf(phrases.noun, text, at);
  if (end === undefined) return undefined;
  const named = endOf(phrases.named, text, end) ?? endOf(/[ ]?[,(–—]? ?/y, text, end);
  const name = named === undefined ? undefined : nameAt(text, named);
  if (name !== undefined && endOf(phrases.tail, text, name.end) !== undefined) {
    return { assistant: name.assistant.id, denied, end: name.end };
  }
  const words = clause(text, end, MAKER_WINDOW);
  const maker = makersIn(words).find(({ start, end: makerEnd }) => {
    const gap = words.slice(0, start);
    const after = words.slice(makerEnd, makerEnd + 24);
    return (
      !phrases.block.test(gap) &&
      (phrases.link.test(gap) || phrases.made.test(gap) || phrases.made.test(after))
    );
  });
  return maker && { assistant: maker.assistant.id, denied, end: end + maker.end };
}

// "… OpenAI's language model", "… ein von OpenAI entwickeltes Sprachmodell", "由OpenAI开发的语言模型".
function makerClaim(
  text: string,
  at: number,
  phrases: CompiledPhrases,
  denied: boolean,
): ReadClaim | undefined {
  const maker = makerAt(text, endOf(phrases.makerLead, text, at) ?? at) ?? makerAt(text, at);
  if (maker === undefined) return undefined;
  const made = endOf(phrases.makerMade, text, maker.end) ?? maker.end;
  const filled = endOf(phrases.fill, text, made) ?? made;
  const noun = endOf(phrases.noun, text, filled) ?? endOf(phrases.noun, text, made);
  if (noun === undefined) return undefined;
  const named = nameAt(text, endOf(phrases.named, text, noun) ?? noun);
  if (named?.assistant === maker.assistant && endOf(phrases.tail, text, named.end) !== undefined) {
    return { assistant: maker.assistant.id, denied, end: named.end };
  }
  const negated = endOf(phrases.notAfter, text, noun);
  if (negated === undefined && endOf(phrases.nounTail, text, noun) === undefined) return undefined;
  return { assistant: maker.assistant.id, denied: denied || negated !== undefined, end: noun };
}

function clause(text: string, start: number, most: number): string {
  const words = text.slice(start, start + most);
  const stop = words.search(STOP);
  return stop < 0 ? words : words.slice(0, stop);
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
