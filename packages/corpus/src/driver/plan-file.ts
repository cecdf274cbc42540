import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@countermark/host';
import { CorpusError } from '../errors.ts';
import { MANIFEST } from '../files/scan-files.ts';
import { formatManifest, type Manifest, manifestDigest, parseManifest } from '../manifest/manifest.ts';

/** Writes the manifest of a scan into its directory. */
export function writePlan(directory: string, manifest: Manifest): Promise<void> {
  return writeWhole(join(directory, MANIFEST), formatManifest(manifest));
}

/**
 * Reads the manifest of a scan from its directory.
 *
 * @param digest that it has to have.
 * @throws {CorpusError} `parts-unfit` if it is another.
 * @throws {Error} the system's, if there is none.
 */
export async function readPlan(directory: string, digest: string | null): Promise<Manifest> {
  const manifest = parseManifest(await readFile(join(directory, MANIFEST), 'utf8'));
  if (manifestDigest(manifest) !== digest) {
    throw new CorpusError('parts-unfit', 'the manifest is not the one that was planned');
  }
  return manifest;
}
