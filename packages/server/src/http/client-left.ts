import type { Response } from 'express';
import { Problem } from './problem.ts';
import type { Step } from './step.ts';

const signals = new WeakMap<Response, AbortSignal>();

/** Makes the signal of each request before anything is waited for: a client that left while nobody looked leaves no other trace. */
export function watchClients(): Step {
  return (_request, response) => {
    const left = new AbortController();
    signals.set(response, left.signal);
    // Several watch an answer's end, and whatever is piped into one adds some.
    response.setMaxListeners(20);
    response.once('close', () => {
      if (!response.writableFinished) left.abort();
    });
  };
}

/** Returns the signal of a request: aborted where its client went away before the answer was out. */
export function signalOf(response: Response): AbortSignal {
  const signal = signals.get(response);
  if (signal === undefined) throw new Error('a request was not watched from its beginning');
  return signal;
}

/**
 * Goes on only for a client that is there: to be called after each wait, before what costs something.
 *
 * @throws {Problem} `cancelled`.
 */
export function expectClient(signal: AbortSignal): void {
  if (signal.aborted) throw new Problem('cancelled', 'the client went away');
}
