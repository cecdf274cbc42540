const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

// Control characters, but for tab, line feed and carriage return, and those that set the direction of the text around them.
const UNSEEN = /(?![\t\n\r])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Returns `text` as it may stand in HTML, in an element or a quoted attribute.
 *
 * Characters that would reorder the report around them are named instead, as `[U+202E]`, and so are control characters.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(UNSEEN, (character) => `[U+${codePoint(character)}]`)
    .replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
}

function codePoint(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
