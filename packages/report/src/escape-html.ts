const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

// Control characters, but for tab, line feed and carriage return, those that set the direction of the text around them, and
// halves of a character.
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

// Whatever has no shape of its own: two names that differ in it alone have to look different.
const SHAPELESS = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]|^ | $/gu;

/**
 * Returns `text` as it may stand in HTML, in an element or a quoted attribute.
 *
 * Characters that would reorder the report around them are named instead, as `[U+202E]`, and so are control characters.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(UNSEEN, spellOut)
    .replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
}

/**
 * Returns a name as it may stand in HTML: as {@link escapeHtml} does, with every character named that cannot be seen, and a
 * space at an end. Names that differ look different, but for look-alikes.
 */
export function escapeName(name: string): string {
  return escapeHtml(name.replace(SHAPELESS, spellOut));
}

/** Returns a character by name, as in `[U+200B]`. */
export function spellOut(character: string): string {
  const hexadecimal = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `[U+${hexadecimal.padStart(4, '0')}]`;
}
