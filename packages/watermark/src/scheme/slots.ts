/** What a context carries, read from the first word of its header: docs/spec.md section 4. */
import { TWO_32, type WatermarkParams } from '../params.ts';

/** `common`: every account shares the mark; `account`: an account's symbol; `free`: nothing. */
export type Slot = 'common' | 'account' | 'free';

/** Where the slots end, in units of 2^-32: word < `commonLimit` is common, word < `accountLimit` account. */
export interface SlotLimits {
  readonly commonLimit: number;
  readonly accountLimit: number;
}

/** Returns the limits that the parameters' shares stand for, 0…2^32. */
export function slotLimits({ commonShare, accountShare }: WatermarkParams): SlotLimits {
  return {
    commonLimit: Math.floor(commonShare * TWO_32),
    accountLimit: Math.floor((commonShare + accountShare) * TWO_32),
  };
}

/** Returns the slot of a context whose header starts with `word`. */
export function slotOf(word: number, { commonLimit, accountLimit }: SlotLimits): Slot {
  if (word < commonLimit) return 'common';
  return word < accountLimit ? 'account' : 'free';
}
