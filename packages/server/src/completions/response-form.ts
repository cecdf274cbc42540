/** How responses are written, and the events of one that is under way. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { ProblemJson } from '../http/problem.ts';
import type { AnswerEnd, AnswerToken } from './answer-choice.ts';
import { tokenLogprob } from './completion-forms.ts';
import type { CompletionEnd } from './completions.ts';
import type { ResponseObject, ResponseRequest } from './response-schemas.ts';

type Written = z.input<typeof ResponseObject>;
type Message = Written['output'][number];

/** Writes one response as its answer comes. */
export class ResponseForm {
  readonly #asked: z.output<typeof ResponseRequest>;
  readonly #keyId: string;
  readonly #id = `resp_${randomUUID()}`;
  readonly #messageId = `msg_${randomUUID()}`;
  readonly #created = Math.floor(Date.now() / 1000);
  #events = 0;

  constructor(asked: z.output<typeof ResponseRequest>, keyId: string) {
    this.#asked = asked;
    this.#keyId = keyId;
  }

  /** Returns the whole response; without an end, as it is when it begins. */
  whole(text = '', tokens: readonly AnswerToken[] = [], end?: AnswerEnd, usage?: CompletionEnd): Written {
    const { instructions, max_output_tokens, model, temperature, top_p } = this.#asked;
    const isCut = end?.finishReason === 'length';
    return {
      id: this.#id,
      object: 'response',
      created_at: this.#created,
      status: end === undefined ? 'in_progress' : isCut ? 'incomplete' : 'completed',
      error: null,
      incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
      instructions: instructions ?? null,
      max_output_tokens: max_output_tokens ?? null,
      model,
      output: end === undefined ? [] : [this.#message(text, tokens, end)],
      parallel_tool_calls: false,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: temperature ?? 1,
      text: { format: { type: 'text' } },
      tool_choice: 'none',
      tools: [],
      top_p: top_p ?? 1,
      truncation: 'disabled',
      usage: usage === undefined ? null : usageOf(usage),
      metadata: {},
      system_fingerprint: `fp_${this.#keyId}`,
      watermarked: end?.isMarked ?? null,
    };
  }

  /** Returns the events before any text. */
  begin(): string {
    const item: Message = { ...this.#head(), status: 'in_progress', content: [] };
    return [
      this.#event('response.created', { response: this.whole() }),
      this.#event('response.in_progress', { response: this.whole() }),
      this.#event('response.output_item.added', { output_index: 0, item }),
      this.#event('response.content_part.added', { ...this.#place(), part: outputText('', []) }),
    ].join('');
  }

  /** Returns the event of a part of the text. */
  part(delta: string, tokens: readonly AnswerToken[]): string {
    const logprobs = tokens.map(tokenLogprob);
    return this.#event('response.output_text.delta', { ...this.#place(), delta, logprobs });
  }

  /** Returns the events behind the text. */
  end(text: string, tokens: readonly AnswerToken[], end: AnswerEnd, usage: CompletionEnd): string {
    const item = this.#message(text, tokens, end);
    const response = this.whole(text, tokens, end, usage);
    const last = end.finishReason === 'length' ? 'response.incomplete' : 'response.completed';
    const part = outputText(text, tokens);
    return [
      this.#event('response.output_text.done', { ...this.#place(), text, logprobs: part.logprobs }),
      this.#event('response.content_part.done', { ...this.#place(), part }),
      this.#event('response.output_item.done', { output_index: 0, item }),
      this.#event(last, { response }),
    ].join('');
  }

  /** Returns the events of a fault. */
  fail({ error: { code, message, param } }: ProblemJson): string {
    const response = { ...this.whole(), status: 'failed', error: { code, message } };
    return this.#event('error', { code, message, param }) + this.#event('response.failed', { response });
  }

  #message(text: string, tokens: readonly AnswerToken[], { finishReason }: AnswerEnd): Message {
    const status = finishReason === 'length' ? 'incomplete' : 'completed';
    return { ...this.#head(), status, content: [outputText(text, tokens)] };
  }

  #head() {
    return { id: this.#messageId, type: 'message', role: 'assistant' } as const;
  }

  #place() {
    return { item_id: this.#messageId, output_index: 0, content_index: 0 };
  }

  #event(type: string, data: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#events++, ...data })}\n\n`;
  }
}

function outputText(text: string, tokens: readonly AnswerToken[]): Message['content'][number] {
  return { type: 'output_text', text, annotations: [], logprobs: tokens.map(tokenLogprob) };
}

function usageOf({ promptTokens, completionTokens }: CompletionEnd): Written['usage'] {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}
