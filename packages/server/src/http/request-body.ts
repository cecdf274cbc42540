/** The body of a request: whoever reads one reads it here, within a length and a time, and none outlives its answer. */
import type { Request } from 'express';
import { Problem } from './problem.ts';
import type { Step } from './step.ts';

/** What a body may be. */
export interface BodyLimits {
  /** Of all bytes as they are sent. */
  readonly maxBytes: number;
  /** The setting that says so. */
  readonly setting: string;
  /** What is called too large. */
  readonly what: string;
  readonly time: TimeLimit;
}

/** How long a body may take: all of it, or each time that nothing comes of it. */
interface TimeLimit {
  readonly of: 'body' | 'rest';
  readonly ms: number;
}

// So long a client that still sends is read on after its answer, so that it hears why that is in vain.
const LINGER_MS = 5_000;

/** Ends each connection whose request goes on after its answer: what is sent then is dropped, and no longer than for a moment. */
export function endBodies(): Step {
  return (request, response) => {
    response.once('finish', () => {
      if (request.complete || request.destroyed) return;
      request.on('error', () => undefined);
      const timer = setTimeout(() => request.destroy(), LINGER_MS);
      request.once('close', () => clearTimeout(timer));
      request.resume();
    });
  };
}

/**
 * Yields a body as it comes, no faster than it is asked for.
 *
 * @throws {Problem} `body-too-large`, `body-too-slow`, or `cancelled` where the body ends before it should.
 */
export async function* readBody(request: Request, limits: BodyLimits): AsyncGenerator<Buffer, void, void> {
  const { maxBytes, time } = limits;
  checkAnnounced(request, limits);
  let left = maxBytes;
  const end = performance.now() + time.ms;
  try {
    for (;;) {
      const chunk = await nextChunk(request, time, time.of === 'body' ? end - performance.now() : time.ms);
      if (chunk === undefined) return;
      left -= chunk.length;
      if (left < 0) throw tooLarge(limits);
      yield chunk;
    }
  } finally {
    // What nobody reads any more is dropped: a client that is held up hears no answer.
    request.resume();
  }
}

/**
 * Reads a body as a whole.
 *
 * @param maxBytes of it.
 * @param ms       that all of it may take.
 * @throws {Problem} as {@link readBody} does.
 */
export function readWhole(request: Request, limits: Omit<BodyLimits, 'time'>, ms: number): Promise<Buffer> {
  checkAnnounced(request, limits);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let left = limits.maxBytes;
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      settled();
      chunks = [];
    };
    const fail = (problem: Problem): void => {
      settle(() => reject(problem));
      // What nobody reads any more is dropped: a client that is held up hears no answer.
      request.resume();
    };
    const onData = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left < 0) fail(tooLarge(limits));
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      const [first = Buffer.alloc(0)] = chunks;
      if (request.complete) settle(() => resolve(chunks.length > 1 ? Buffer.concat(chunks) : first));
      else fail(endsEarly());
    };
    const onError = (cause: Error): void => fail(endsEarly(cause));
    const onClose = (): void => fail(endsEarly());
    const timer = setTimeout(() => fail(tooSlow({ of: 'body', ms })), ms);
    if (request.readableEnded) onEnd();
    else if (request.destroyed) onClose();
    else request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

/** Waits for the next bytes; undefined at the end of the body. */
function nextChunk(request: Request, time: TimeLimit, ms: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    if (request.readableEnded) return resolve(undefined);
    if (request.destroyed) return reject(endsEarly());
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      settled();
    };
    const onData = (chunk: Buffer): void => {
      request.pause();
      settle(() => resolve(chunk));
    };
    // A body that is cut may look whole: only the parser knows that it came to its end.
    const onEnd = (): void => settle(() => (request.complete ? resolve(undefined) : reject(endsEarly())));
    const onError = (cause: Error): void => settle(() => reject(endsEarly(cause)));
    const onClose = (): void => settle(() => reject(endsEarly()));
    const timer = setTimeout(() => settle(() => reject(tooSlow(time))), Math.max(0, ms));
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    request.resume();
  });
}

function tooSlow({ of, ms }: TimeLimit): Problem {
  const detail =
    of === 'body' ? `the body took longer than ${ms} ms` : `nothing came of the body for ${ms} ms`;
  return new Problem('body-too-slow', detail);
}

function endsEarly(cause?: unknown): Problem {
  return new Problem('cancelled', 'the request ended before its body did', { cause });
}

// By the length that it announces, before any of it is read.
function checkAnnounced(request: Request, limits: Omit<BodyLimits, 'time'>): void {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits);
}

function tooLarge({ maxBytes, setting, what }: Omit<BodyLimits, 'time'>): Problem {
  return new Problem('body-too-large', `the ${what} is larger than ${maxBytes} bytes`, {
    limit: { name: setting, value: maxBytes },
  });
}
