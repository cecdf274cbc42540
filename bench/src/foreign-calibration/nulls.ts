/** Texts that were made without the key that they are tested under, of three kinds. */
import { ADVERSARIES, isRefusal, type MarkCase } from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import type { Source } from './human-source.ts';
import { openWriter } from './marked-answers.ts';

/** Kinds of text. */
export const NULLS: readonly ['natural', 'other-key', 'chosen'] = ['natural', 'other-key', 'chosen'];
/** One of {@link NULLS}. */
export type Null = (typeof NULLS)[number];

/** Texts of one kind: text i is tested under random key i. */
export interface NullTexts {
  readonly null: Null;
  /** What they are. */
  readonly name: string;
  /** Whose keys they are tested under. */
  readonly mark: MarkCase;
  readonly text: (i: number) => Uint32Array;
}

const NATURAL_TOKENS = 200;
const ANSWER_TOKENS = 300;
const ANSWERS_JOINED = 6;
// Keys that wrote one answer, and how many of them wrote five more.
const OTHER_KEYS = 40;
const JOINED_KEYS = 8;

/** Returns human texts: windows of 200 tokens at random places. */
export function naturalTexts(mark: MarkCase, { tokenIds }: Source): NullTexts[] {
  const random = seededRandom(`natural, ${mark.profile}, ${mark.variant}`);
  return [
    {
      null: 'natural',
      name: `${NATURAL_TOKENS} tokens of human text`,
      mark,
      text() {
        const start = Math.floor((tokenIds.length - NATURAL_TOKENS) * random());
        return tokenIds.slice(start, start + NATURAL_TOKENS);
      },
    },
  ];
}

/** Returns texts that other keys of the mark wrote: single answers, and six of one key as one document. */
export function otherKeyTexts(mark: MarkCase, { tokenIds, model }: Source): NullTexts[] {
  const random = seededRandom(`other keys, ${mark.profile}, ${mark.variant}`);
  const single: Uint32Array[] = [];
  const joined: Uint32Array[] = [];
  for (let i = 0; i < OTHER_KEYS; i++) {
    const writer = openWriter(mark.draw(random), model, tokenIds, random);
    const count = i < JOINED_KEYS ? ANSWERS_JOINED : 1;
    const answers = Array.from({ length: count }, () => writer.write(ANSWER_TOKENS));
    writer.close();
    single.push(answers[0]!);
    if (count > 1) joined.push(Uint32Array.from(answers.flatMap((answer) => [...answer])));
  }
  const kind = (name: string, texts: readonly Uint32Array[]): NullTexts => ({
    null: 'other-key',
    name,
    mark,
    text: (i) => texts[i % texts.length]!,
  });
  return [
    kind(`one answer of ${ANSWER_TOKENS} tokens`, single),
    kind(`${ANSWERS_JOINED} answers as one document`, joined),
  ];
}

/** Returns the adversaries' texts against a profile. */
export function chosenTexts(profile: string): NullTexts[] {
  return ADVERSARIES.filter(({ mark }) => mark.profile === profile && !isRefused(mark)).map(
    ({ mark, name, write }) => {
      let text: Uint32Array | undefined;
      return {
        null: 'chosen',
        name,
        mark,
        text() {
          text ??= write();
          return text;
        },
      };
    },
  );
}

// Whether no key of these settings is taken at all.
function isRefused(mark: MarkCase): boolean {
  try {
    mark.draw(seededRandom('a key'));
    return false;
  } catch (error) {
    if (isRefusal(error)) return true;
    throw error;
  }
}
