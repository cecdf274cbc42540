import { type Manifest, openTools, parseManifest, type ScanTools } from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { about } from '../command-error.ts';
import { readText } from '../read-input.ts';
import { tokenizerNamesOf } from '../tokenizers.ts';
import { requirePath } from './s3-access.ts';

/** The keys of a scan, with their files' texts for worker threads. */
export interface ScanKeys {
  readonly keyFiles: readonly string[];
  readonly tokenizers: readonly string[];
}

/** Reads a manifest. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readText(requirePath('manifest', path));
  return about(path, () => parseManifest(text));
}

/**
 * Reads key files and finds what their tokenizers are called.
 *
 * @param keys       the same, opened.
 * @param tokenizers `--tokenizer` values.
 */
export async function readScanKeys(
  paths: readonly string[],
  keys: readonly WatermarkKey[],
  tokenizers: readonly string[],
): Promise<ScanKeys> {
  const keyFiles: string[] = [];
  for (const path of paths) keyFiles.push(await readText(path));
  return { keyFiles, tokenizers: tokenizerNamesOf(keys, tokenizers) };
}

/** Opens keys and tokenizers, for work on this thread. */
export function openScanTools(manifest: Manifest, { keyFiles, tokenizers }: ScanKeys): Promise<ScanTools> {
  return openTools(manifest, keyFiles, tokenizers);
}
