import { WatermarkError } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { DetectorError } from '../errors.ts';

/**
 * Returns the token ids of a text, or says that its tokenizer has none for it.
 *
 * @throws {DetectorError} `tokenizer-refused` if the tokenizer cannot encode this text; its error is the cause.
 * @throws what the tokenizer throws if it can encode no text at all: it was closed, say.
 */
export function encodeText(text: string, tokenizer: Tokenizer): Uint32Array {
  try {
    return tokenizer.encode(text);
  } catch (cause) {
    if (!canEncode(tokenizer)) throw cause;
    throw new DetectorError(
      'tokenizer-refused',
      `the tokenizer ${tokenizer.name} cannot encode the text: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function canEncode(tokenizer: Tokenizer): boolean {
  try {
    tokenizer.encode('');
    return true;
  } catch {
    return false;
  }
}

// Another's message may quote the text; its kind does not.
function reasonOf(cause: unknown): string {
  if (cause instanceof WatermarkError) return cause.message;
  return cause instanceof Error ? `it threw ${cause.constructor.name || 'Error'}` : 'it threw no error';
}
