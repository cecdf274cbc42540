import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CorpusError } from '../errors.ts';
import { SUMMARY } from '../files/scan-files.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';

const count = z.number().int().nonnegative();
const Summary = z.object({
  object: z.literal('corpus-scan'),
  manifest: z.string(),
  documents: count,
  shards: z.object({ total: count, scanned: count }),
  files: z.array(z.object({ file: z.string(), records: count })),
});

/** What a finished scan says of its files: as many as the manifest has, in the same order. */
export interface ScannedFiles {
  readonly documents: number;
  /** What each file is called in the result, and how many records were read of it. */
  readonly files: readonly { readonly file: string; readonly records: number }[];
}

/**
 * Reads the summary of a finished scan of a whole corpus.
 *
 * @param directory that holds `summary.json`.
 * @throws {CorpusError} `parts-unfit` if it is of another plan; `unsupported` if not all of the corpus was scanned.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function readScannedFiles(directory: string, manifest: Manifest): Promise<ScannedFiles> {
  const path = join(directory, SUMMARY);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new CorpusError('part-damaged', `${path}: it is not whole, valid JSON`, { cause });
  }
  const parsed = Summary.safeParse(value);
  if (!parsed.success) throw new CorpusError('part-damaged', `${path}: not the summary of a scan`);
  const { manifest: digest, shards, files, documents } = parsed.data;
  if (digest !== manifestDigest(manifest) || files.length !== manifest.files.length)
    throw new CorpusError('parts-unfit', `${path}: the result is of another plan than the manifest`);
  if (shards.scanned < shards.total)
    throw new CorpusError(
      'unsupported',
      `${path}: ${shards.scanned} of ${shards.total} shards were scanned, so nobody knows which of the other documents are marked; scan the whole corpus first`,
    );
  return { documents, files };
}
