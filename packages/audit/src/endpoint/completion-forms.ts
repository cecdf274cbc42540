/** Answers, asked for by OpenAI's chat completions and completions. */
import { z } from 'zod';
import { type SuspectToken, SuspectTokenSchema } from '../read/suspect-token.ts';
import type { EndpointTerms } from '../terms/audit-terms.ts';
import type { EndpointForm, SuspectAnswer } from './endpoint-form.ts';
import { textsOf } from './question.ts';

/** What every answer has. */
export const Envelope = {
  model: z.string().max(256).nullish(),
  usage: z
    .object({ prompt_tokens: z.int().min(0).nullish(), completion_tokens: z.int().min(0).nullish() })
    .nullish(),
};

const Finish = z.string().max(64).nullish();

const ChatAnswer = z.object({
  ...Envelope,
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: Finish,
        // Some endpoints leave the lists out, or have `top_logprobs` null.
        logprobs: z
          .object({
            content: z
              .array(
                SuspectTokenSchema.omit({ top: true }).extend({
                  top_logprobs: SuspectTokenSchema.shape.top.nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
});

/** The lists of completions. */
export const TextLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()).nullish(),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});

const TextAnswer = z.object({
  ...Envelope,
  choices: z
    .array(z.object({ text: z.string().nullish(), finish_reason: Finish, logprobs: TextLogprobs.nullish() }))
    .min(1),
});

/** `POST /chat/completions`. */
export const chatForm: EndpointForm = {
  path: '/chat/completions',
  body(question, terms, seed) {
    const messages =
      'messages' in question ? question.messages : [{ role: 'user', content: textsOf(question)[0] }];
    const { logprobs } = terms;
    return {
      messages,
      ...drawing(terms, seed),
      ...(logprobs === 0 ? {} : { logprobs: true, top_logprobs: logprobs }),
    };
  },
  read(value, question, { logprobs: asked }) {
    const { success, data } = ChatAnswer.safeParse(value);
    const choice = data?.choices[0];
    if (!success || choice === undefined) return undefined;
    const { message, finish_reason, logprobs } = choice;
    const tokens = logprobs?.content?.map(
      ({ top_logprobs, ...token }): SuspectToken => ({ ...token, top: top_logprobs ?? [] }),
    );
    const answer = message.content ?? message.refusal ?? '';
    return {
      record: { before: textsOf(question), answer, ...withLists(tokens, asked) },
      isRefusal: (message.refusal ?? '') !== '' || finish_reason === 'content_filter',
      ...endOf(data, finish_reason),
    };
  },
};

/** `POST /completions`. */
export const textForm: EndpointForm = {
  path: '/completions',
  body(question, terms, seed) {
    const { logprobs } = terms;
    return { prompt: textsOf(question)[0], ...drawing(terms, seed), ...(logprobs === 0 ? {} : { logprobs }) };
  },
  read(value, question, { logprobs: asked }) {
    const { success, data } = TextAnswer.safeParse(value);
    const choice = data?.choices[0];
    if (!success || choice === undefined) return undefined;
    const { text, finish_reason, logprobs } = choice;
    const tokens = logprobs === undefined || logprobs === null ? undefined : tokensOf(logprobs);
    return {
      record: { before: textsOf(question), answer: text ?? '', ...withLists(tokens, asked) },
      isRefusal: finish_reason === 'content_filter',
      ...endOf(data, finish_reason),
    };
  },
};

/** Tokens with their lists, from the parallel lists of completions. */
export function tokensOf({
  tokens,
  token_logprobs,
  top_logprobs,
}: z.output<typeof TextLogprobs>): SuspectToken[] {
  return tokens.map((token, i) => ({
    token,
    logprob: token_logprobs?.[i] ?? null,
    top: Object.entries(top_logprobs?.[i] ?? {}).map(([text, logprob]) => ({ token: text, logprob })),
  }));
}

/** What an answer says of itself. */
export function endOf(
  { model, usage }: z.output<z.ZodObject<typeof Envelope>>,
  finish?: string | null,
): Pick<SuspectAnswer, 'model' | 'finish' | 'usage'> {
  const input = usage?.prompt_tokens;
  const output = usage?.completion_tokens;
  return {
    model: model ?? undefined,
    finish: finish ?? undefined,
    usage: typeof input === 'number' && typeof output === 'number' ? { input, output } : undefined,
  };
}

function drawing({ model, temperature, maxTokens }: EndpointTerms, seed: number | undefined): object {
  return { model, temperature, max_tokens: maxTokens, ...(seed === undefined ? {} : { seed }) };
}

// Where lists were asked for and there is none, nothing is known: the tokens drawn alone are another statistic.
function withLists(
  tokens: readonly SuspectToken[] | undefined,
  asked: number,
): { readonly tokens?: readonly SuspectToken[] } {
  if (asked === 0) return {};
  return { tokens: tokens?.some(({ top }) => top.length > 0) === true ? tokens : [] };
}
