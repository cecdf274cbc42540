import { DetectorError } from '@countermark/detector';
import type { RecordFailure } from './document.ts';

/**
 * Returns what is wrong with a record whose document could not be scored.
 *
 * @throws `error` itself if it is not the record that is at fault.
 */
export function unscorable(error: unknown): Pick<RecordFailure, 'code' | 'message'> {
  if (error instanceof DetectorError) {
    const { code, message } = error;
    if (code === 'token-out-of-range' || code === 'tokenizer-refused') return { code, message };
  }
  throw error;
}
