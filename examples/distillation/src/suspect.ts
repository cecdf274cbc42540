/** A student under audit, whatever it is made of. */
import type { PromptedAnswer } from './answer-file.ts';
import { type Asked, ask, read } from './ask.ts';
import type { LanguageModel } from './ngram-student.ts';

/** How a student came about. */
export interface Origin {
  readonly kind: 'n-gram' | 'neural';
  /** The mark whose key it is audited under. */
  readonly mark: string;
  /** Share of its training text that is marked, 0 … 1. */
  readonly share: number;
  /** What else sets it apart; empty for the usual student. */
  readonly variant: string;
}

/** A student that can be asked. All that it gives has its twenty likeliest tokens, and the reference's. */
export interface Suspect {
  readonly origin: Origin;
  /** What it answered. */
  readonly answers: readonly PromptedAnswer[];
  /** Lets it read answers. */
  read(answers: readonly PromptedAnswer[]): readonly PromptedAnswer[];
}

/**
 * Asks a student of n-grams, and a reference to read what it says.
 *
 * @param reference a student that is known to be innocent.
 * @param prompts   that no student was trained with.
 */
export function askSuspect(
  origin: Origin,
  student: LanguageModel,
  reference: LanguageModel,
  prompts: readonly Uint32Array[],
  asked: Asked,
): Suspect {
  const { temperature = 1 } = asked;
  const withReference = (
    answer: PromptedAnswer,
    predictions: PromptedAnswer['predictions'],
  ): PromptedAnswer => ({
    ...answer,
    ...(predictions === undefined ? {} : { predictions }),
    reference: read(reference, answer, temperature),
  });
  return {
    origin,
    answers: Array.from(ask(student, prompts, asked), (answer) => withReference(answer, answer.predictions)),
    read: (answers) => answers.map((answer) => withReference(answer, read(student, answer, temperature))),
  };
}
