import { z } from 'zod';
import type { EndpointTerms } from '../terms/audit-terms.ts';

const Message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.string(),
});
const Asked = z.union([
  z.string().transform((prompt) => ({ prompt })),
  z.object({ prompt: z.string() }),
  z.object({ messages: z.array(Message).min(1) }),
]);
const ToRead = z.object({ answer: z.string().min(1) });

/** What an endpoint is asked, or reads. */
export type Question =
  | { readonly prompt: string }
  | { readonly messages: readonly Readonly<z.output<typeof Message>>[] }
  | { readonly read: string };

/**
 * Reads a line of a file of prompts: docs/radioactivity.md, "Asking an endpoint".
 *
 * @throws {RangeError} if it is none that the endpoint can be asked.
 */
export function parseQuestion(
  value: unknown,
  { api, readBy }: Pick<EndpointTerms, 'api' | 'readBy'>,
): Question {
  if (readBy !== undefined) {
    const { success, data } = ToRead.safeParse(value);
    if (!success) throw new RangeError('"prompts" expected {"answer": text}, the text to read');
    return { read: data.answer };
  }
  const { success, data } = Asked.safeParse(value);
  if (!success) throw new RangeError('"prompts" expected a text, {"prompt": text} or {"messages": […]}');
  if ('messages' in data && api === 'completions')
    throw new RangeError('"prompts" expected texts, since completions have no messages');
  return data;
}

/** The texts that a suspect is given with a question, each a piece of its own; of a text that it reads, none. */
export function textsOf(question: Question): string[] {
  if ('prompt' in question) return [question.prompt];
  return 'messages' in question ? question.messages.map(({ content }) => content) : [];
}

/** Tokens of a chat's frame, and of each message's. */
const FRAME_TOKENS = 64;
const MESSAGE_TOKENS = 16;

/** Most tokens that an endpoint reads with a question: no tokenizer makes more of a text than it has bytes. */
export function mostInput(question: Question): number {
  const texts = 'read' in question ? [question.read] : textsOf(question);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return FRAME_TOKENS + MESSAGE_TOKENS * texts.length + bytes;
}
