/** Predictions of a text, asked for by completions that echo their prompt, and by vLLM's log-probabilities of a prompt. */
import { z } from 'zod';
import { numberOf, type SuspectToken } from '../read/suspect-token.ts';
import { Envelope, endOf, TextLogprobs, tokensOf } from './completion-forms.ts';
import type { EndpointForm } from './endpoint-form.ts';

const Echo = z.object({ ...Envelope, choices: z.array(z.object({ logprobs: TextLogprobs })).min(1) });

// By token id; the likeliest ones and the one that came.
const AtPlace = z.record(
  z.string().regex(/^\d{1,10}$/),
  z.object({ logprob: z.number(), decoded_token: z.string().nullish() }),
);
const PromptLogprobs = z.array(AtPlace.nullable());
const Prompt = z.object({
  ...Envelope,
  prompt_logprobs: PromptLogprobs.nullish(),
  choices: z.array(z.object({ prompt_logprobs: PromptLogprobs.nullish() })).min(1),
});

/** `POST /completions` with `echo`: the prompt's tokens come before the one that is written. */
export const echoForm: EndpointForm = {
  path: '/completions',
  body: (question, { model, logprobs }) => ({
    model,
    prompt: 'read' in question ? question.read : '',
    echo: true,
    logprobs,
    // There are endpoints that write at least one.
    max_tokens: 1,
    temperature: 0,
  }),
  read(value, question, { logprobs: asked }) {
    const { data } = Echo.safeParse(value);
    const choice = data?.choices[0];
    if (data === undefined || choice === undefined || !('read' in question)) return undefined;
    const all = tokensOf(choice.logprobs).map(numbered);
    const written = endOf(data).usage?.output ?? 1;
    const tokens = all.slice(0, all.length - written);
    return { record: { answer: question.read, tokens, asked }, isRefusal: false, ...endOf(data) };
  },
};

/** Tokens that are told by their number have it as their id. */
function numbered({ token, logprob, top }: SuspectToken): SuspectToken {
  const isNumbered = numberOf(token) !== undefined;
  if (!isNumbered) return { token, logprob, top };
  const listed = top.map((entry) => ({ ...entry, id: numberOf(entry.token) }));
  return { token: '', logprob, top: listed };
}

/** `POST /completions` with `prompt_logprobs`, as vLLM has it. */
export const promptLogprobsForm: EndpointForm = {
  path: '/completions',
  body: (question, { model, logprobs }) => ({
    model,
    prompt: 'read' in question ? question.read : '',
    prompt_logprobs: logprobs,
    max_tokens: 1,
    temperature: 0,
  }),
  read(value, question, { logprobs: asked }) {
    const { data } = Prompt.safeParse(value);
    const places = data?.choices[0]?.prompt_logprobs ?? data?.prompt_logprobs;
    if (data === undefined || places === undefined || places === null || !('read' in question))
      return undefined;
    const tokens = places.map(
      (place): SuspectToken => ({
        token: '',
        top: Object.entries(place ?? {}).map(([id, { logprob, decoded_token }]) => ({
          id: Number(id),
          token: decoded_token ?? '',
          logprob,
        })),
      }),
    );
    return { record: { answer: question.read, tokens, asked }, isRefusal: false, ...endOf(data) };
  },
};
