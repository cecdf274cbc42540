import { Problem, unknownKey } from '../http/problem.ts';
import { periodOf, type WatermarkKeyInfo } from '../store/watermark-keys.ts';
import type { NewDetection } from './detection-schemas.ts';

/** A key that a document was not tested for, and why. */
interface UntestedKey {
  readonly keyId: string;
  readonly reason: 'archived' | 'period' | 'limit';
}

/** Which keys a document is tested for. */
export interface ChosenKeys {
  readonly tested: readonly WatermarkKeyInfo[];
  /** The others that the caller may test for; none where keys are named. */
  readonly untested: readonly UntestedKey[];
}

// Clocks differ, and a day begins at many times: a document of the day before a key may carry its mark.
const SLACK_MS = 24 * 3600 * 1000;

/**
 * Chooses the keys that a document is tested for: those that are named, or all that may have marked it.
 *
 * @param visible that the caller may test for.
 * @param most    keys of one detection; beyond these, those that marked longest ago are left out.
 * @throws {Problem} `not-found` if there is none, `limit-exceeded` if more are named, `unprocessable` if token ids are not the keys'.
 */
export function chooseKeys(
  { keyIds, tokenIds, written }: NewDetection,
  visible: readonly WatermarkKeyInfo[],
  most: number,
): ChosenKeys {
  const chosen =
    keyIds === undefined
      ? allOf(visible, written, most)
      : { tested: namedOf(visible, keyIds, most), untested: [] };
  if (chosen.tested.length === 0) {
    const isLate = chosen.untested.some(({ reason }) => reason === 'period');
    throw new Problem(
      'not-found',
      isLate ? 'no key was marking at that time' : 'the server has no key to test for',
    );
  }
  if (tokenIds !== undefined) checkTokenIds(tokenIds, chosen.tested);
  return chosen;
}

function namedOf(
  visible: readonly WatermarkKeyInfo[],
  keyIds: readonly string[],
  most: number,
): readonly WatermarkKeyInfo[] {
  const byId = new Map(visible.map((key) => [key.keyId, key]));
  const found = keyIds.map((keyId) => {
    const key = byId.get(keyId);
    if (key === undefined) throw unknownKey(keyId);
    return key;
  });
  if (found.length <= most) return found;
  throw new Problem('limit-exceeded', `there are more than ${most} keys`, {
    param: 'keyIds',
    limit: { name: 'COUNTERMARK_MAX_KEYS', value: most },
  });
}

function allOf(
  visible: readonly WatermarkKeyInfo[],
  written: NewDetection['written'],
  most: number,
): ChosenKeys {
  const untested: UntestedKey[] = [];
  const leaveOut = ({ keyId }: WatermarkKeyInfo, reason: UntestedKey['reason']): void => {
    untested.push({ keyId, reason });
  };
  const matter: WatermarkKeyInfo[] = [];
  for (const key of visible) {
    if (key.archived !== null) leaveOut(key, 'archived');
    else if (!overlaps(key, written)) leaveOut(key, 'period');
    else matter.push(key);
  }
  if (matter.length <= most) return { tested: matter, untested };
  const lastOf = (key: WatermarkKeyInfo): number => periodOf(key)[1]?.getTime() ?? Number.POSITIVE_INFINITY;
  const kept = new Set(matter.toSorted((a, b) => (lastOf(a) < lastOf(b) ? 1 : -1)).slice(0, most));
  for (const key of matter) if (!kept.has(key)) leaveOut(key, 'limit');
  return { tested: matter.filter((key) => kept.has(key)), untested };
}

function overlaps(key: WatermarkKeyInfo, written: NewDetection['written']): boolean {
  const [from, until] = periodOf(key);
  const { from: earliest, until: latest } = written ?? {};
  if (latest !== undefined && latest.getTime() + SLACK_MS < from.getTime()) return false;
  return earliest === undefined || until === undefined || earliest.getTime() - SLACK_MS <= until.getTime();
}

function checkTokenIds(tokenIds: readonly number[], keys: readonly WatermarkKeyInfo[]): void {
  const tokenizers = new Map(keys.map(({ params: { tokenizer } }) => [tokenizer.fingerprint, tokenizer]));
  const [tokenizer, ...others] = tokenizers.values();
  if (others.length > 0) {
    throw new Problem(
      'unprocessable',
      'token ids belong to one tokenizer, but the keys have several: name keys of one',
      { param: 'keyIds' },
    );
  }
  const vocabSize = tokenizer?.vocabSize ?? 0;
  const at = tokenIds.findIndex((id) => id >= vocabSize);
  if (at < 0) return;
  throw new Problem('unprocessable', `a token id is not below ${vocabSize}, the size of the vocabulary`, {
    param: `tokenIds.${at}`,
  });
}
