import type { Settings } from '../config.ts';
import type { LengthLimit } from '../http/route.ts';

/** Says how long a text may be. */
export function textLength({ COUNTERMARK_MAX_TEXT_CHARACTERS: most }: Settings): LengthLimit {
  const setting = 'COUNTERMARK_MAX_TEXT_CHARACTERS';
  return { setting, most, fault: `the text has more than ${most} characters` };
}
