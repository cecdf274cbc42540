/** Reads claims that stand around a name: {@link ClaimFrame}. */
import { type FoundName, makerAt, nameAt } from './assistant-names.ts';
import type { ClaimFrame } from './claim-frames.ts';
import { CLAIM_FRAMES } from './phrases/frames.ts';

/** A claim, or its denial. */
export interface FramedClaim {
  readonly assistant: string;
  readonly language: string;
  readonly denied: boolean;
  /** `[start, end)` in the text. */
  readonly start: number;
  readonly end: number;
}

interface CompiledFrame extends Pick<ClaimFrame, 'language' | 'about'> {
  readonly before: RegExp;
  readonly after: RegExp;
  readonly shared: RegExp | undefined;
  readonly denied: boolean;
}

// Where a sentence begins, instead of the whole text.
const START = '(?:^|(?<=[.!?。！？…:*\\n] {0,2}[*_]{0,2}))';
const FRAMES: readonly CompiledFrame[] = CLAIM_FRAMES.map((frame) => ({
  language: frame.language,
  about: frame.about,
  before: new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${frame.before.replaceAll('^', START)})[*_]{0,2}$`, 'iu'),
  after: new RegExp(`[*_]{0,2}(?:${frame.after})`, 'iuy'),
  shared: frame.shared === undefined ? undefined : new RegExp(frame.shared, 'iu'),
  denied: frame.denies === true,
}));

const BEFORE = 110;
const AFTER = 90;
// Names begin at most so far before a piece of them that is searched for.
const NAME_BEFORE = 24;
const WORD_BEFORE = /[\p{Script=Latin}\p{N}_]/u;

/** Reads the claim around a place that names an assistant or a maker; undefined if there is none. */
export function readFramed(text: string, anchor: number): FramedClaim | undefined {
  const lists = { name: around(text, anchor, nameAt), maker: around(text, anchor, makerAt) };
  if (lists.name.length === 0 && lists.maker.length === 0) return undefined;
  for (const frame of FRAMES) {
    for (const found of lists[frame.about]) {
      const claim = framed(text, frame, found);
      if (claim !== undefined) return claim;
    }
  }
  return undefined;
}

// The names that a place lies in, the longest first.
function around(
  text: string,
  anchor: number,
  readAt: (text: string, start: number) => FoundName | undefined,
): readonly FoundName[] {
  const names: FoundName[] = [];
  for (let start = Math.max(0, anchor - NAME_BEFORE); start <= anchor + 1; start++) {
    if (start > 0 && WORD_BEFORE.test(text.charAt(start - 1))) continue;
    const name = readAt(text, start);
    if (name !== undefined && anchor < name.end) names.push(name);
  }
  return names;
}

function framed(text: string, frame: CompiledFrame, found: FoundName): FramedClaim | undefined {
  const { start, end } = found;
  // Tried at one place, and so before what is looked for.
  frame.after.lastIndex = end;
  if (!frame.after.test(text)) return undefined;
  const lead = text.slice(Math.max(0, start - BEFORE), start);
  // What is cut off is no beginning of a sentence.
  const match = frame.before.exec(start > BEFORE ? `\u0000${lead.slice(1)}` : lead);
  if (match === null) return undefined;
  if (found.shared && frame.shared !== undefined && !frame.shared.test(text.slice(end, end + AFTER))) {
    return undefined;
  }
  const { language, denied } = frame;
  return { assistant: found.assistant.id, language, denied, start: start - (lead.length - match.index), end };
}
