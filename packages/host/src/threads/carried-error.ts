/** Errors between threads: a structured clone of an error loses its class and its code. */

/** Classes of errors with a stable code, by the names that they have on the way. The threads' both sides need the same. */
export type ErrorClasses = Readonly<
  Record<string, new (code: never, message: string, options: never) => Error & { readonly code: string }>
>;

/** An error as it crosses. */
export interface CarriedError {
  /** Name of its class; absent for the system's errors and all others. */
  readonly kind?: string;
  /** Empty where it has none. */
  readonly code: string;
  readonly message: string;
  /** Of a fault of ours: where it happened. */
  readonly stack?: string | undefined;
  /** What else it says of itself: a system's path and call, the corpus's details and whether it passes. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** What is carried on its own, or belongs to this side. */
const OWN = ['name', 'code', 'message', 'stack', 'cause'];

/** Takes an error apart. One of no known class and not the system's is a fault of ours, and keeps its stack. */
export function carryError(error: unknown, classes: ErrorClasses): CarriedError {
  if (!(error instanceof Error)) return { code: '', message: String(error), more: {} };
  const code = 'code' in error ? String(error.code) : '';
  const kind = Object.keys(classes).find((name) => error instanceof (classes[name] ?? Object));
  const more = Object.fromEntries(Object.entries(error).filter(([name]) => !OWN.includes(name)));
  if (kind !== undefined) return { kind, code, message: error.message, more };
  if (!('syscall' in error)) return { code, message: error.message, stack: error.stack, more: {} };
  const { syscall, path } = more;
  return {
    code,
    message: error.message,
    more: { syscall: String(syscall), ...(path === undefined ? {} : { path: String(path) }) },
  };
}

/** Puts an error together again. */
export function reviveError(
  { kind, code, message, stack, more }: CarriedError,
  classes: ErrorClasses,
): Error {
  const Class = kind === undefined ? undefined : classes[kind];
  if (Class !== undefined) return new Class(code as never, message, more as never);
  const error = Object.assign(new Error(message), code === '' ? more : { code, ...more });
  return stack === undefined ? error : Object.assign(error, { stack });
}
