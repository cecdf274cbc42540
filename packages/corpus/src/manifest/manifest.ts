/** What a scan consists of, frozen: every part and the result name it by its digest. */
import { createHash } from 'node:crypto';
import type { Normalization } from '@countermark/detector';
import { z } from 'zod';
import type { FileLayout, ShardRange } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import type { UnknownFiles } from '../inputs/expand-inputs.ts';
import { UNREAD_REASONS, type UnreadInput } from '../inputs/unread-input.ts';
import { withoutSignature } from '../readers/bytes/shown-location.ts';
import { ReadingSchema } from './file-layout-schema.ts';

/** The release whose parts fit together. A change of any figure in a part is a change of this. */
export const SOFTWARE = 'countermark-corpus 1';

/** How documents are tested. All of it is fixed before the first is looked at. */
export interface ScanSettings {
  /** Level of the verdict on the corpus. */
  readonly alpha: number;
  /** Expected share of false ones among the documents called detected. */
  readonly falseDiscoveryRate: number;
  /** Fewer scored tokens than this are inconclusive. */
  readonly minTokens: number;
  readonly normalization: Normalization;
  /** Documents of at least so many tokens are tested by their windows as well; absent if none are. */
  readonly windowTokens?: number;
  /** Whether the language of each document that is text is told; absent if not. */
  readonly languages?: true;
  /** Entries of each key's sample of tuples. */
  readonly sampleSize: number;
  /** First level of the samples: keeps parts of a large corpus small. */
  readonly sampleLevel: number;
  /** Share of contents whose text is kept for measures of diversity. */
  readonly documentShare: number;
  readonly maxRecordBytes: number;
  /** Random keys of the same parameters to compare with, for each key. */
  readonly decoys: number;
  /** Where random choices come from, 64 hex digits; present if there are any. */
  readonly seed?: string;
}

/** A file as it was when the scan was planned. */
export interface ManifestFile {
  readonly location: string;
  readonly reading: FileLayout;
  /** Bytes; absent for an address whose server does not say. */
  readonly size?: number;
  /** Time of its last change, milliseconds since 1970, and SHA-256 of its first and last 64 KiB; absent for addresses. */
  readonly modifiedMs?: number;
  readonly edges?: string;
  /** SHA-256 of all its bytes, where that was asked for or the file is small. */
  readonly content?: string;
  /** What an address's server calls what it serves: a strong ETag, or the time of its last change; absent for files. */
  readonly revision?: string;
}

/** A part of the work. */
export interface ManifestShard {
  /** Number of its file, or of the first. */
  readonly file: number;
  /** How many whole files it has, which follow each other, if not one: at least 2, and then no range. */
  readonly files?: number;
  readonly range?: ShardRange;
  readonly bytes?: number;
}

/** The frozen plan of a scan. Holds no secret. */
export interface Manifest {
  readonly object: 'scan-manifest';
  readonly version: 1;
  readonly software: string;
  readonly keys: readonly { readonly keyId: string; readonly params: string }[];
  readonly settings: ScanSettings;
  readonly files: readonly ManifestFile[];
  /** In the order in which they are scanned and merged. */
  readonly shards: readonly ManifestShard[];
  /** How many shards the corpus has: more than are listed for a sample. */
  readonly totalShards: number;
  /** Inputs that cannot be read, and are in no figure; absent if there are none. */
  readonly unread?: readonly UnreadInput[];
  /** Whether the user said that inputs which cannot be read may be left out. */
  readonly unreadAccepted?: boolean;
  /** Files of no known format, which are in no figure; absent if there are none. */
  readonly unknown?: UnknownFiles;
  /** What the user said is no part of the corpus; absent if nothing is. */
  readonly excluded?: { readonly patterns: readonly string[]; readonly files: number };
  /** The command line that made the plan, where one did, without what may be secret. It is told, and names nothing. */
  readonly command?: string;
}

const count = z.number().int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const ManifestFileFormat = z.strictObject({
  object: z.literal('scan-manifest'),
  version: z.literal(1),
  software: z.string(),
  keys: z.array(z.strictObject({ keyId: z.string().regex(/^[0-9a-f]{32}$/), params: digest })).min(1),
  settings: z.strictObject({
    alpha: z.number().gt(0).lt(1),
    falseDiscoveryRate: z.number().gt(0).lt(1),
    minTokens: z.number().int().min(1),
    normalization: z.enum(['none', 'invisible', 'invisible-and-homoglyphs']),
    sampleSize: z.number().int().min(1),
    sampleLevel: z.number().int().min(0).max(32),
    documentShare: z.number().gt(0).max(1),
    maxRecordBytes: z.number().int().min(1),
    decoys: count,
    seed: digest.exactOptional(),
    windowTokens: z.number().int().min(1).exactOptional(),
    languages: z.literal(true).exactOptional(),
  }),
  files: z.array(
    z.strictObject({
      location: z.string(),
      reading: ReadingSchema,
      size: count.exactOptional(),
      modifiedMs: z.number().exactOptional(),
      edges: digest.exactOptional(),
      content: digest.exactOptional(),
      revision: z.string().exactOptional(),
    }),
  ),
  shards: z.array(
    z.strictObject({
      file: count,
      files: z.number().int().min(2).exactOptional(),
      range: z
        .strictObject({ unit: z.enum(['bytes', 'row-groups']), start: count, end: count })
        .exactOptional(),
      bytes: count.exactOptional(),
    }),
  ),
  totalShards: count,
  unread: z
    .array(
      z.strictObject({
        location: z.string(),
        reason: z.enum(UNREAD_REASONS),
        message: z.string(),
        bytes: count.exactOptional(),
      }),
    )
    .exactOptional(),
  unreadAccepted: z.boolean().exactOptional(),
  unknown: z.strictObject({ files: count, bytes: count, names: z.array(z.string()) }).exactOptional(),
  excluded: z.strictObject({ patterns: z.array(z.string()), files: count }).exactOptional(),
  command: z.string().exactOptional(),
});

/**
 * Writes a manifest as the text of its file: the one text of all objects with these members, in whatever order.
 *
 * @throws {CorpusError} `part-damaged` for a manifest that cannot be read back.
 */
export function formatManifest(manifest: Manifest): string {
  // Its own order of keys: that of the format above.
  return `${JSON.stringify(checkedManifest(manifest), null, 1)}\n`;
}

/**
 * Names a manifest: SHA-256 of its text, 64 lowercase hex digits. Not in it are when files were last written to, which a copy does not
 * keep, signatures in addresses, which expire, what is not scanned, and the command: the same bytes, read in the same way, are the same corpus. Computed
 * once for each object.
 */
export function manifestDigest(manifest: Manifest): string {
  const known = DIGESTS.get(manifest);
  if (known !== undefined) return known;
  const files = manifest.files.map(({ modifiedMs: _, location, ...file }) => ({
    ...file,
    location: withoutSignature(location),
  }));
  const {
    unread: _,
    unreadAccepted: __,
    unknown: ___,
    excluded: ____,
    command: _____,
    ...scanned
  } = manifest;
  const digest = createHash('sha256')
    .update(formatManifest({ ...scanned, files }))
    .digest('hex');
  DIGESTS.set(manifest, digest);
  return digest;
}

// Manifests are frozen.
const DIGESTS = new WeakMap<Manifest, string>();

/**
 * Reads the text of a manifest file.
 *
 * @throws {CorpusError} `part-damaged` if it is none, `parts-unfit` if it belongs to another release.
 */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorpusError('part-damaged', 'not a manifest of a scan: it is not whole, valid JSON', { cause });
  }
  const manifest = checkedManifest(value);
  if (manifest.software !== SOFTWARE) {
    throw new CorpusError(
      'parts-unfit',
      `the manifest was made by ${manifest.software}, and this is ${SOFTWARE}`,
    );
  }
  const stray = manifest.shards.findIndex(({ file, files = 1 }) => file + files > manifest.files.length);
  if (stray >= 0)
    throw new CorpusError('part-damaged', `not a manifest of a scan: shard ${stray} has no file`);
  const cut = manifest.shards.findIndex(({ files, range }) => files !== undefined && range !== undefined);
  if (cut >= 0)
    throw new CorpusError(
      'part-damaged',
      `not a manifest of a scan: shard ${cut} has several files and a range of one`,
    );
  return manifest;
}

/** The files of a shard, in their order; none if there is no such shard. */
export function filesOfShard({ shards, files }: Manifest, shard: number): readonly ManifestFile[] {
  const planned = shards[shard];
  return planned === undefined ? [] : files.slice(planned.file, planned.file + (planned.files ?? 1));
}

function checkedManifest(value: unknown): Manifest {
  const parsed = ManifestFileFormat.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new CorpusError('part-damaged', `not a manifest of a scan: "${path}" is missing or malformed`);
}
