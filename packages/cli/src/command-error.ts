import { AuditError, type AuditErrorCode } from '@countermark/audit/errors';
import { CorpusError, type CorpusErrorCode } from '@countermark/corpus/errors';
import { DetectorError } from '@countermark/detector';
import { systemFaultInWords, WatermarkError } from '@countermark/watermark';
import { commandLine, withoutSecrets } from './command-line.ts';
import { ExitCode } from './exit-code.ts';

/** A failure with the message that people see and the status that scripts see. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The process's exit status. */
  readonly exitCode: ExitCode;
  /** What belongs to the message, each in a line of its own. */
  readonly details: readonly string[];

  constructor(
    message: string,
    exitCode: ExitCode = ExitCode.usage,
    { details = [], ...options }: ErrorOptions & { readonly details?: readonly string[] } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** Thrown where Ctrl-C stopped a command. */
export class Interrupted extends CommandError {
  constructor() {
    super('interrupted', ExitCode.interrupted);
  }
}

/** A value that a library refused: it names the value, and not yet what was being read. */
class RefusedValue extends CommandError {}

/**
 * Adds what was being read to a failure that says only what was wrong with it.
 *
 * @param subject a file name, or a file name and line.
 * @param work    what may fail.
 */
export async function about<T>(subject: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WatermarkError || error instanceof DetectorError || error instanceof RefusedValue) {
      throw new CommandError(`${subject}: ${error.message}`, ExitCode.usage, { cause: error });
    }
    if (error instanceof CorpusError) {
      throw new CommandError(`${subject}: ${error.message}`, toCommandError(error).exitCode, {
        cause: error,
      });
    }
    throw error;
  }
}

// How the libraries refuse a value that they were given. RangeErrors of the JavaScript engine, as of a full stack, say nothing of a value.
const REFUSED_VALUE = /^"[\w.[\]]+"(?: and "[\w.[\]]+")* expected /;

/**
 * Runs what checks values that the user chose: one that a library refuses there is the user's to mend. Everywhere else a RangeError
 * is a fault of ours.
 *
 * @throws {CommandError} in place of a library's refusal.
 */
export function checkingValues<T>(work: () => T): T {
  try {
    const done = work();
    return done instanceof Promise ? (done.catch(throwRefusal) as T) : done;
  } catch (error) {
    return throwRefusal(error);
  }
}

function throwRefusal(error: unknown): never {
  if (!(error instanceof RangeError && REFUSED_VALUE.test(error.message))) throw error;
  throw new RefusedValue(withOptionName(error.message), ExitCode.usage, { cause: error });
}

// A library names the value as its own interface does; people gave it as an option.
function withOptionName(message: string): string {
  return message.replace(/^"(\w+)"/, (quoted, name: string) => {
    const option = `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    return process.argv.some((word) => word === option || word.startsWith(`${option}=`)) ? option : quoted;
  });
}

/** Turns whatever a command threw into a message and an exit status. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof CorpusError) {
    const { message, code, details, ways } = error;
    const answers =
      ways.length === 0 ? [] : [...ways.map(wayOn), 'countermark plan --explain FILE shows what is read'];
    return new CommandError(message, CORPUS_EXITS[code] ?? ExitCode.usage, {
      cause: error,
      details: [...details, ...answers],
    });
  }
  if (error instanceof AuditError) {
    const { message, code, details } = error;
    return new CommandError(message, AUDIT_EXITS[code] ?? ExitCode.usage, { cause: error, details });
  }
  if (error instanceof WatermarkError || error instanceof DetectorError) {
    return new CommandError(error.message, ExitCode.usage, { cause: error });
  }
  if (isSystemError(error)) {
    const where = error.path === undefined ? '' : `${error.path}: `;
    const exitCode = USAGE_CODES.has(error.code) ? ExitCode.usage : ExitCode.io;
    return new CommandError(`${where}${systemFaultInWords(error.code)}`, exitCode, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandError(`internal error: ${message}`, ExitCode.internal, { cause: error });
}

// The running command with options that answer, without those that they replace. A query of an address may hold a signature.
function wayOn(options: readonly string[]): string {
  const replaced = options.includes('--field') ? ['--field', '--ids-field'] : [];
  const words = process.argv.slice(2);
  const kept = words.filter((word, i) => {
    const isValue = replaced.includes(words[i - 1] ?? '');
    return !isValue && !replaced.includes(word.split('=', 1)[0] ?? '');
  });
  return commandLine([...kept.map((word) => withoutSecrets(word, '')), ...options]);
}

const CORPUS_EXITS: Partial<Record<CorpusErrorCode, ExitCode>> = {
  unreadable: ExitCode.io,
  truncated: ExitCode.io,
  changed: ExitCode.unfit,
  'part-damaged': ExitCode.unfit,
  'parts-unfit': ExitCode.unfit,
};

const AUDIT_EXITS: Partial<Record<AuditErrorCode, ExitCode>> = {
  'endpoint-away': ExitCode.io,
  'journal-other': ExitCode.unfit,
  'journal-damaged': ExitCode.unfit,
  'plan-differs': ExitCode.unfit,
  'plan-damaged': ExitCode.unfit,
};

// What the user can mend; all else the system failed at.
const USAGE_CODES: ReadonlySet<string> = new Set([
  'EACCES',
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
