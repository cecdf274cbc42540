import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorpusError, MANIFEST, type Manifest, manifestDigest, parseManifest } from '@countermark/corpus';

/** A manifest with the text of its file. */
export interface ReadManifest {
  readonly manifest: Manifest;
  readonly text: string;
}

/**
 * Reads the manifest of a scan.
 *
 * @param directory of the scan.
 * @param digest    that it has to have.
 * @throws {CorpusError} if it is another.
 */
export async function readScanManifest(directory: string, digest: string | null): Promise<ReadManifest> {
  const text = await readFile(join(directory, MANIFEST), 'utf8');
  const manifest = parseManifest(text);
  if (manifestDigest(manifest) !== digest) {
    throw new CorpusError('parts-unfit', 'the manifest is not the one that was planned');
  }
  return { manifest, text };
}
