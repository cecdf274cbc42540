import { randomUUID } from 'node:crypto';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Template } from '@huggingface/jinja';

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** How a model is given a conversation. */
export interface ChatTemplate {
  /**
   * Returns what the model reads before it answers. What messages say is text: names of special tokens in them are no special tokens.
   *
   * @throws {ChatTemplateError} if the template refuses the messages, as some do two of one role in a row.
   */
  promptTokens(messages: readonly ChatMessage[]): Uint32Array;
}

/** Thrown where a model's template cannot write a conversation. The message repeats none of it. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';
}

/** What a template is read with. */
interface ChatTemplateParts {
  readonly tokenizer: Tokenizer;
  /** Ids of special tokens by the text that templates write for them. */
  readonly specials: ReadonlyMap<string, number>;
  /** What templates find as `bos_token` and `eos_token`; empty for none. */
  readonly startToken: string;
  readonly endToken: string;
}

/**
 * Creates a chat template from its Jinja source, as models carry it.
 *
 * @param source    of tokenizer_config.json, or of a GGUF file's metadata.
 * @param parts     see {@link ChatTemplateParts}.
 */
export function createChatTemplate(source: string, parts: ChatTemplateParts): ChatTemplate {
  const { tokenizer, specials, startToken, endToken } = parts;
  const names = [...specials.keys()].sort((a, b) => b.length - a.length);
  const namesById = new Map([...specials].map(([name, id]) => [id, name]));
  let template: Template | undefined;
  const render = (messages: readonly ChatMessage[]): string => {
    try {
      template ??= new Template(source);
      return template.render({
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: true,
        bos_token: startToken,
        eos_token: endToken,
      });
    } catch (cause) {
      throw new ChatTemplateError("the model's chat template refuses these messages", { cause });
    }
  };
  return {
    promptTokens(messages) {
      // In what people wrote, the name of a special token stands as something that nobody can have written.
      const mask = `\uFDD0${randomUUID()}\uFDD0`;
      const masked = messages.map(({ role, content }) => ({
        role,
        content: cut(content, names)
          .map((segment) => (specials.has(segment) ? `${mask}${specials.get(segment)}${mask}` : segment))
          .join(''),
      }));
      const unmask = (text: string): string =>
        text
          .split(mask)
          .map((part, i) => (i % 2 === 0 ? part : namesById.get(Number(part))))
          .join('');
      const ids: number[] = [];
      for (const segment of cut(render(masked), names)) {
        const special = specials.get(segment);
        if (special !== undefined) ids.push(special);
        else for (const id of tokenizer.encode(unmask(segment))) ids.push(id);
      }
      return Uint32Array.from(ids);
    },
  };
}

/** Cuts a text into names, leftmost first and the longest of those, and what is between them. */
function cut(text: string, names: readonly string[]): readonly string[] {
  const pattern = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  if (pattern === '') return text === '' ? [] : [text];
  return text.split(new RegExp(`(${pattern})`, 'u')).filter((segment) => segment !== '');
}
