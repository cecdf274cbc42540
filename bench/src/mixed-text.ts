import { humanText, TEXT_KINDS } from '@countermark/fixtures';

const CHARACTERS = 250_000;

/** Returns a million characters of prose, e-mail, code and other languages, as many of each. */
export function mixedText(): string {
  return TEXT_KINDS.map((kind) => humanText(kind).slice(-CHARACTERS)).join('\n\n');
}
