import { type Manifest, parseManifest } from '@countermark/corpus';
import type { DrivenScan } from '@countermark/corpus/driver';
import type { WatermarkKey } from '@countermark/watermark';
import { about } from '../command-error.ts';
import { readText } from '../read-input.ts';
import { tokenizerNamesOf } from '../tokenizers.ts';
import { requirePath } from './s3-access.ts';

/** Reads a manifest. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readText(requirePath('manifest', path));
  return about(path, () => parseManifest(text));
}

/**
 * Reads key files and finds what their tokenizers are called.
 *
 * @param manifest   of the scan.
 * @param keys       the same, opened.
 * @param tokenizers `--tokenizer` values.
 */
export async function readScanKeys(
  manifest: Manifest,
  paths: readonly string[],
  keys: readonly WatermarkKey[],
  tokenizers: readonly string[],
): Promise<DrivenScan> {
  const keyFiles: string[] = [];
  for (const path of paths) keyFiles.push(await readText(path));
  return { manifest, keyFiles, tokenizers: tokenizerNamesOf(keys, tokenizers) };
}
