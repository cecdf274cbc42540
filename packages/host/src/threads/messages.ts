/** What a thread and whoever started it tell each other. */
import type { CarriedError } from './carried-error.ts';

/** To the thread, beside the request's own fields. Of a request without a number nobody waits for the answer. */
export interface RequestEnvelope {
  readonly call?: number;
  /** Memory of a {@link WorkClock}. */
  readonly clock?: SharedArrayBuffer;
}

/** Asks the thread to end by itself. */
export interface CloseMessage {
  readonly closes: true;
}

/** From the thread: first that it is ready or why it cannot be, then one answer a call. */
export type ThreadMessage =
  | { readonly ready: unknown }
  | { readonly unready: CarriedError }
  | { readonly call: number; readonly answer: unknown }
  | { readonly call: number; readonly error: CarriedError };
