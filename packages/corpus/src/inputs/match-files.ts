import { lstat, readdir, realpath, stat } from 'node:fs';
import { isAbsolute } from 'node:path';
import { glob } from 'tinyglobby';
import type { CorpusError } from '../errors.ts';
import { unreadable } from '../readers/bytes/local-source.ts';

/**
 * Finds the paths that a pattern matches: files, and links that lead nowhere.
 *
 * @returns paths in any order, relative if the pattern is; and why directories and links on the way could not be followed.
 */
export async function matchFiles(pattern: string): Promise<{
  readonly paths: string[];
  readonly failures: ReadonlyMap<string, CorpusError>;
}> {
  const failures = new Map<string, CorpusError>();
  const note = (path: string, error: NodeJS.ErrnoException): void => {
    // A directory is asked with and without a slash at its end.
    const name = path.replace(/(?<=.)\/+$/, '');
    if (!LEADS_NOWHERE.has(error.code)) failures.set(name, unreadable(name, error));
  };
  // By itself, the search passes over whatever it cannot read.
  const paths = await glob(pattern, {
    expandDirectories: false,
    absolute: isAbsolute(pattern),
    fs: {
      readdir: onError(readdir, (path, error, done) => {
        note(path, error);
        done(error);
      }),
      realpath: onError(realpath, (path, error, done) => {
        note(path, error);
        done(null, path);
      }),
      stat: onError(stat, (path, error, done) => {
        note(path, error);
        lstat(path, done);
      }),
    },
  });
  return { paths, failures };
}

const LEADS_NOWHERE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

type Done = (error: NodeJS.ErrnoException | null, result?: unknown) => void;

/** Returns a function of the file system's that has something else done where it fails. */
function onError<F extends (...args: never[]) => unknown>(
  work: F,
  instead: (path: string, error: NodeJS.ErrnoException, done: Done) => void,
): F {
  return new Proxy(work, {
    apply(target, self, args): unknown {
      const path = String(args[0]);
      const done: Done = args.at(-1);
      const ended: Done = (error, result) => {
        if (error === null) done(null, result);
        else instead(path, error, done);
      };
      return Reflect.apply(target, self, [...args.slice(0, -1), ended]);
    },
  });
}
