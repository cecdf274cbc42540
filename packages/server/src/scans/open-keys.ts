import { CorpusError } from '@countermark/corpus';
import { formatKeyFile } from '@countermark/watermark';
import type { WatermarkKeys } from '../store/watermark-keys.ts';

/** Keys with their secrets. Stays in the process, and is dropped with the work. */
export interface OpenKeys {
  /** Texts of key files. */
  readonly keyFiles: readonly string[];
  readonly tokenizerNames: readonly string[];
}

/** Says that a key of a scan was removed: no other attempt will find it. */
export function keyGone(keyId: string): CorpusError {
  return new CorpusError('parts-unfit', `key ${keyId} is not there any more`);
}

/**
 * Unseals keys for work on a scan.
 *
 * @throws {CorpusError} if one was removed.
 */
export async function openKeyFiles(keys: WatermarkKeys, keyIds: readonly string[]): Promise<OpenKeys> {
  const keyFiles: string[] = [];
  const tokenizerNames: string[] = [];
  for (const keyId of keyIds) {
    const key = await keys.open(keyId);
    if (key === undefined) throw keyGone(keyId);
    keyFiles.push(formatKeyFile(key));
    tokenizerNames.push(key.params.tokenizer.name);
  }
  return { keyFiles, tokenizerNames };
}
