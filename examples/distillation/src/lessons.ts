/** All that the teacher writes for one run, with which of it is for whom. */
import type { PromptedAnswer } from './answer-file.ts';
import { MAIN_MARK, type Mark, OTHER_MARKS, SECOND_MARK } from './marks.ts';
import { ANSWER_TOKENS, type Lesson } from './teacher.ts';

/** Answers of the main mark that students read in reading mode, and that nobody was trained on. */
export const UNSEEN: number = 128;

/** Marked share of the students that differ in something else than the share. */
export const ONE_SHARE: number = 0.05;

/** Answers of one mark. */
export interface MarkedAnswers {
  readonly mark: Mark;
  /** Those that the teacher served to students. */
  readonly served: readonly PromptedAnswer[];
  /** Those that nobody trains on; none of marks other than the main one. */
  readonly unseen: readonly PromptedAnswer[];
}

/**
 * Plans the lessons.
 *
 * @param answers that a student is trained on.
 * @param prompts at least `answers` + {@link UNSEEN} of them.
 */
export function planLessons(answers: number, prompts: readonly Uint32Array[]): readonly Lesson[] {
  const few = Math.ceil(ONE_SHARE * answers);
  return [
    lesson('unmarked', undefined, prompts.slice(0, answers)),
    lesson(MAIN_MARK.name, MAIN_MARK, prompts.slice(0, UNSEEN + answers)),
    ...OTHER_MARKS.map((mark) => lesson(mark.name, mark, prompts.slice(0, few))),
    lesson(SECOND_MARK.name, SECOND_MARK, prompts.slice(0, few)),
  ];
}

/** Splits the answers of a lesson. */
export function splitAnswers(mark: Mark, answers: readonly PromptedAnswer[]): MarkedAnswers {
  const unseen = mark === MAIN_MARK ? UNSEEN : 0;
  return { mark, served: answers.slice(unseen), unseen: answers.slice(0, unseen) };
}

/** Tokens that the lessons make. */
export function tokensOf(lessons: readonly Lesson[]): number {
  return lessons.reduce((sum, { prompts }) => sum + prompts.length * ANSWER_TOKENS, 0);
}

function lesson(name: string, mark: Mark | undefined, prompts: readonly Uint32Array[]): Lesson {
  return { name, mark, temperature: mark?.temperature ?? 1, prompts };
}
