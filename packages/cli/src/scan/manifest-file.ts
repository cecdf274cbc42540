import { existsSync } from 'node:fs';
import type { Manifest } from '@countermark/corpus';
import { readManifest } from './open-scan.ts';

/** Name of the manifest in a scan's directory. */
export const MANIFEST = 'manifest.json';

/** Reads the manifest of an earlier plan, if there is one. */
export async function existingManifest(path: string): Promise<Manifest | undefined> {
  return existsSync(path) ? readManifest(path) : undefined;
}
