import { codeOf } from '@countermark/host/files';

/** What is kept of an error whose message may hold what a client sent. */
export interface ErrorWithoutData {
  readonly name: string;
  /** Empty where the error has none. */
  readonly code: string;
  readonly stack: string;
}

/** Returns an error's kind and stack, for logs and other threads: its message may hold what a client sent. */
export function withoutData(error: unknown): ErrorWithoutData {
  if (!(error instanceof Error)) return { name: typeof error, code: '', stack: '' };
  const { name, message, stack = '' } = error;
  return { name, code: codeOf(error), stack: message === '' ? stack : stack.replaceAll(message, '…') };
}
