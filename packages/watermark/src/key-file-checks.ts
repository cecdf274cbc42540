/** What is checked of every key file. No message repeats any of it: it holds a secret. */
import type { z } from 'zod';
import { WatermarkError } from './errors.ts';

/** What a key file says of its key. */
interface FileIds {
  readonly keyId: string;
  readonly fingerprint: string;
}

/** Throws `params-newer` for a version that this release does not read. */
export function checkFileVersion(version: number): void {
  if (version > 1) {
    throw new WatermarkError(
      'params-newer',
      `the key file has version ${version}; this release reads version 1`,
    );
  }
}

/** Returns the error `key-unreadable` that names the fields that are wrong. */
export function damagedFile(error: z.ZodError): WatermarkError {
  const faults = error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? 'a field that key files do not have'
      : `"${issue.path.join('.')}" is missing or malformed`,
  );
  return new WatermarkError('key-unreadable', `damaged key file: ${faults.join('; ')}`);
}

/**
 * Throws `key-tampered` unless the file's parts belong together.
 *
 * @param contents what the fingerprint is of, plural.
 */
export function checkFileIds(key: FileIds, file: FileIds, contents: string): void {
  if (key.fingerprint !== file.fingerprint) {
    throw new WatermarkError(
      'key-tampered',
      `the key file was changed: its ${contents} have another fingerprint`,
    );
  }
  if (key.keyId !== file.keyId) {
    throw new WatermarkError('key-tampered', 'the key file was changed: its secret has another key id');
  }
}
