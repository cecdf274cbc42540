import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putInPlace, writeThrough } from '@countermark/host';
import { CorpusError } from '../errors.ts';
import { MANIFEST } from '../files/scan-files.ts';
import { formatManifest, type Manifest, manifestDigest, parseManifest } from '../manifest/manifest.ts';
import { holdsSecret } from '../readers/bytes/shown-location.ts';

/** Writes the manifest of a scan into its directory, for its owner alone where an address in it may hold a signature or a password. */
export async function writePlan(directory: string, manifest: Manifest): Promise<void> {
  const isSecret = manifest.files.some(({ location }) => holdsSecret(location));
  const path = join(directory, MANIFEST);
  await writeThrough(
    path,
    formatManifest(manifest),
    (temporary) => putInPlace(temporary, path),
    isSecret ? 0o600 : 0o666,
  );
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
