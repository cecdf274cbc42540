import type { PromptedAnswer } from './answer-file.ts';

/**
 * Mixes a student's training text: so many answers, of which a share is marked.
 *
 * @param marked   the first of them are taken.
 * @param unmarked the last of them are taken, so that the prompts of the two kinds overlap as little as can be.
 * @param share    of the answers, 0 … 1.
 * @param answers  of both kinds together.
 * @throws {RangeError} if there are too few.
 */
export function mixture(
  marked: readonly PromptedAnswer[],
  unmarked: readonly PromptedAnswer[],
  share: number,
  answers: number,
): PromptedAnswer[] {
  const first = Math.round(share * answers);
  if (marked.length < first || unmarked.length < answers - first) {
    throw new RangeError(
      `"share" expected one for which there are answers, got ${share} of ${answers}: ${marked.length} marked, ${unmarked.length} unmarked`,
    );
  }
  return [...marked.slice(0, first), ...unmarked.slice(unmarked.length - (answers - first))];
}

/** A text that a student is trained on. */
export function trainingText({ prompt, answer }: PromptedAnswer): Uint32Array {
  return Uint32Array.of(...prompt, ...answer);
}
