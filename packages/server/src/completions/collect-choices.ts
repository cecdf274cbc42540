import type { AnswerEnd, AnswerToken } from './answer-choice.ts';
import type { WrittenChoice } from './completion-forms.ts';
import type { Completion, CompletionEnd } from './completions.ts';

/** Waits for a completion's answers. */
export async function collectChoices(
  { parts }: Completion,
  hasLogprobs: boolean,
): Promise<{ readonly choices: readonly WrittenChoice[]; readonly end: CompletionEnd }> {
  const answers: { text: string; tokens: AnswerToken[]; end: AnswerEnd | undefined }[] = [];
  for (;;) {
    const { done, value } = await parts.next();
    if (done === true) {
      const choices = answers.map(({ text, tokens, end }, index) => ({
        index,
        text,
        tokens: hasLogprobs ? tokens : undefined,
        end,
      }));
      return { choices, end: value };
    }
    answers[value.index] ??= { text: '', tokens: [], end: undefined };
    const answer = answers[value.index];
    if (answer === undefined) continue;
    answer.text += value.text;
    answer.tokens.push(...value.tokens);
    answer.end = value.end ?? answer.end;
  }
}
