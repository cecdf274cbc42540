import { existsSync } from 'node:fs';
import { formatManifest, holdsSecret, type Manifest, putInPlace, writeThrough } from '@countermark/corpus';
import { readManifest } from './open-scan.ts';

/** Reads the manifest of an earlier plan, if there is one. */
export async function existingManifest(path: string): Promise<Manifest | undefined> {
  return existsSync(path) ? readManifest(path) : undefined;
}

/** Writes a plan, for its owner alone where an address in it may hold a signature or a password. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const isSecret = manifest.files.some(({ location }) => holdsSecret(location));
  const put = (temporary: string): Promise<void> => putInPlace(temporary, path);
  await writeThrough(path, formatManifest(manifest), put, isSecret ? 0o600 : 0o666);
}
