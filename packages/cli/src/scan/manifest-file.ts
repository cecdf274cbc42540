import { existsSync } from 'node:fs';
import type { Manifest } from '@countermark/corpus';
import { readManifest } from './open-scan.ts';

/** Reads the manifest of an earlier plan, if there is one. */
export async function existingManifest(path: string): Promise<Manifest | undefined> {
  return existsSync(path) ? readManifest(path) : undefined;
}
