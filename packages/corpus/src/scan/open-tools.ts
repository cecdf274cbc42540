import { parseKeyFile } from '@countermark/watermark';
import { openTokenizers } from '@countermark/watermark/tokenizer';
import { CorpusError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ScanTools } from './shard-scan.ts';

/**
 * Opens the keys and tokenizers of a scan.
 *
 * @param keyFiles   texts of the key files.
 * @param tokenizers names or paths.
 * @returns the keys in the manifest's order. Tokenizers are closed with their own `close`.
 * @throws {CorpusError} `parts-unfit` if the keys are not those of the manifest.
 * @throws {WatermarkError} if a key file or tokenizer cannot be read.
 */
export async function openTools(
  manifest: Manifest,
  keyFiles: readonly string[],
  tokenizers: readonly string[],
): Promise<ScanTools> {
  const given = keyFiles.map(parseKeyFile);
  const keys = manifest.keys.map(({ keyId }) => {
    const key = given.find((candidate) => candidate.keyId === keyId);
    if (key === undefined)
      throw new CorpusError('parts-unfit', `the scan is of key ${keyId}, which was not given`);
    return key;
  });
  const stray = given.find(({ keyId }) => !manifest.keys.some((key) => key.keyId === keyId));
  if (stray !== undefined) throw new CorpusError('parts-unfit', `the scan is not of key ${stray.keyId}`);
  return { keys, tokenizers: await openTokenizers(tokenizers) };
}
