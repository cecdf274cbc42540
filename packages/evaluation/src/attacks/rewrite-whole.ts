import type { AttackedText } from './attack.ts';

/**
 * Applies a change that has no degrees.
 *
 * @param strength 1 applies it, 0 leaves the text as it is.
 * @returns `touched` is 1 if the text is another afterwards, and 0 if the change had nothing to change.
 * @throws {RangeError} if the strength is neither.
 */
export function rewriteWhole(text: string, strength: number, change: (text: string) => string): AttackedText {
  if (strength !== 0 && strength !== 1) {
    throw new RangeError(`"strength" expected 0 or 1 for an attack without degrees, got ${strength}`);
  }
  const changed = strength === 0 ? text : change(text);
  return { text: changed, touched: changed === text ? 0 : 1 };
}
