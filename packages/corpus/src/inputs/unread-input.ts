import { CorpusError } from '../errors.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';

/** Why an input is not read, as a stable string. */
export const UNREAD_REASONS = [
  'missing',
  'denied',
  'not-a-file',
  'unavailable',
  'failed',
  'truncated',
  'damaged',
  'format-unknown',
  'layout-unknown',
  'unsupported',
  // Its name is no UTF-8, so that no result could name it.
  'bad-name',
] as const;
/** One of {@link UNREAD_REASONS}. */
export type UnreadReason = (typeof UNREAD_REASONS)[number];

/** An input that was named, or found where one was, and is not read. */
export interface UnreadInput {
  /** A path, or an address without its query. */
  readonly location: string;
  readonly reason: UnreadReason;
  /** In words, with what can be done; without any of its content. */
  readonly message: string;
  /** Its bytes, where they are known. */
  readonly bytes?: number;
}

/**
 * Notes an input that cannot be read.
 *
 * @returns undefined if it is not the input that is at fault, or the failure may pass: then the work ends with it.
 */
export function unreadInput(location: string, error: unknown, bytes?: number): UnreadInput | undefined {
  if (!(error instanceof CorpusError) || error.passing !== undefined) return undefined;
  const { code, reason, message } = error;
  const why = code === 'unreadable' ? reason : REASONS.find((one) => one === code);
  if (why === undefined) return undefined;
  const shown = shownLocation(location);
  return {
    location: shown,
    reason: why,
    message: message.startsWith(`${shown}: `) ? message.slice(shown.length + 2) : message,
    ...(bytes === undefined ? {} : { bytes }),
  };
}

const REASONS = ['truncated', 'damaged', 'format-unknown', 'layout-unknown', 'unsupported'] as const;
