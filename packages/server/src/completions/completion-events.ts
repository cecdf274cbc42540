import type { Logger } from 'pino';
import { toProblem } from '../http/answer-problem.ts';
import { withoutData } from '../http/without-data.ts';
import type { AnswerEnd, AnswerToken } from './answer-choice.ts';
import type { Form } from './completion-forms.ts';
import type { Completion, CompletionEnd } from './completions.ts';
import type { ResponseForm } from './response-form.ts';

/** What the events of a completion are written with. */
export interface EventParts {
  readonly hasLogprobs: boolean;
  readonly requestId: string;
  readonly count: (end: CompletionEnd) => void;
  readonly logger: Logger;
}

/** Writes a completion as server-sent events, as chat completions and completions have them. */
export async function* completionEvents(
  { parts }: Completion,
  { form, envelope, includeUsage }: { form: Form; envelope: object; includeUsage: boolean },
  { hasLogprobs, requestId, count, logger }: EventParts,
): AsyncGenerator<string, void, void> {
  let begun = -1;
  const write = (index: number, text: string, tokens: readonly AnswerToken[], end?: AnswerEnd): string =>
    event({
      ...envelope,
      choices: [form.part({ index, text, tokens: hasLogprobs ? tokens : undefined, end }, begun < index)],
      ...(includeUsage ? { usage: null } : {}),
    });
  const begin = (index: number): string => {
    const first = write(index, '', []);
    begun = index;
    return first;
  };
  try {
    yield begin(0);
    for (;;) {
      const { done, value } = await parts.next();
      if (done === true) {
        count(value);
        if (includeUsage) yield event({ ...envelope, choices: [], usage: usageOf(value) });
        break;
      }
      if (begun < value.index) yield begin(value.index);
      yield write(value.index, value.text, value.tokens, value.end);
    }
    yield 'data: [DONE]\n\n';
  } catch (error) {
    yield event({ error: reported(error, requestId, logger).error });
  }
}

/** Writes a completion as server-sent events, as responses have them. */
export async function* responseEvents(
  { parts }: Completion,
  form: ResponseForm,
  { requestId, count, logger }: EventParts,
): AsyncGenerator<string, void, void> {
  let text = '';
  const tokens: AnswerToken[] = [];
  let end: AnswerEnd | undefined;
  try {
    yield form.begin();
    for (;;) {
      const { done, value } = await parts.next();
      if (done === true) {
        count(value);
        if (end === undefined) throw new Error('an answer has an end');
        yield form.end(text, tokens, end, value);
        break;
      }
      end = value.end;
      text += value.text;
      tokens.push(...value.tokens);
      if (end === undefined) yield form.part(value.text, value.tokens);
    }
  } catch (error) {
    yield form.fail(reported(error, requestId, logger));
  }
}

/** Returns what was read and written, as chat completions and completions say it. */
export function usageOf({ promptTokens, completionTokens }: CompletionEnd) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function reported(error: unknown, requestId: string, logger: Logger) {
  const problem = toProblem(error);
  if (problem.kind === 'internal')
    logger.error({ requestId, err: withoutData(error) }, 'a completion failed');
  return problem.toJson(requestId);
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
