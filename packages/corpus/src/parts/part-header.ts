/** The header of a part: its form, and what must hold between its fields. */

import { z } from 'zod';
import { LEFT_OUT } from '../documents/coverage.ts';
import type { RecordFailure } from '../documents/document.ts';
import type { PartGroups } from './document-groups.ts';
import type { PartFacts, PartFile } from './part.ts';
import { damaged } from './part-bytes.ts';

/** The header of a part without what it says of single documents. */
export interface FactsHeader
  extends Omit<PartFacts, 'lines' | 'failed' | 'failures' | 'samples' | 'leads' | 'identity' | 'sample'> {
  readonly lines: number | null;
  readonly failed: { readonly records: number; readonly byCode: Readonly<Record<string, number>> };
  readonly failures: readonly (Omit<RecordFailure, 'code'> & { readonly code: string })[];
  readonly samples: readonly { readonly level: number; readonly size: number; readonly entries: number }[];
  readonly leads: readonly {
    readonly document: number;
    readonly log10PValue: number;
    readonly lengths: readonly number[];
  }[];
  readonly identity?: unknown;
  readonly sample?: unknown;
}

/** A header as it is read. */
export interface PartHeader extends FactsHeader {
  readonly ids: readonly (string | null)[] | null;
  readonly answers?: readonly (string | null)[];
  readonly claims?: readonly (readonly [number, readonly string[]])[];
  readonly groups?: PartGroups;
  readonly languages?: PartGroups;
}

const count = z.number().int().nonnegative();
const CoverageFormat = z.strictObject({
  documents: count,
  empty: count,
  tokenIds: count,
  stated: count,
  fields: z.array(
    z.strictObject({
      path: z.string(),
      characters: count,
      values: count,
      tested: count,
      left: z.array(
        z.strictObject({ why: z.enum(LEFT_OUT), name: z.string().exactOptional(), characters: count }),
      ),
    }),
  ),
});
const Groups = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: z.string(),
        documents: count,
        tokens: count,
        eValues: z.array(z.strictObject({ count, log10Sum: z.number().nullable() })),
      }),
    )
    .min(1),
  of: z.array(z.number().int().min(-1)),
});
const Header: z.ZodType<PartHeader> = z.strictObject({
  manifest: z.string().regex(/^[0-9a-f]{64}$/),
  shard: count,
  records: count,
  lines: count.nullable(),
  bytes: count,
  tokens: count,
  documents: count,
  failed: z.strictObject({ records: count, byCode: z.record(z.string(), count) }),
  failures: z.array(
    z.strictObject({
      record: count,
      line: count.exactOptional(),
      byteOffset: count.exactOptional(),
      code: z.string(),
      message: z.string(),
      rows: count.exactOptional(),
    }),
  ),
  ids: z.array(z.string().nullable()).nullable(),
  answers: z.array(z.string().nullable()).exactOptional(),
  files: z
    .array(
      z.strictObject({
        records: count,
        documents: count,
        failed: count,
        tokens: count,
        bytes: count,
        coverage: CoverageFormat,
      }),
    )
    .min(2)
    .exactOptional(),
  coverage: CoverageFormat.exactOptional(),
  eValues: z.array(z.strictObject({ count, log10Sum: z.number().nullable() })),
  samples: z.array(z.strictObject({ level: z.number().int(), size: z.number().int(), entries: count })),
  leads: z.array(z.strictObject({ document: count, log10PValue: z.number(), lengths: z.array(count) })),
  identity: z.unknown(),
  sample: z.unknown(),
  claims: z.array(z.tuple([count, z.array(z.string()).min(1)])).exactOptional(),
  groups: Groups.exactOptional(),
  languages: Groups.exactOptional(),
});

/**
 * Reads a header.
 *
 * @throws {CorpusError} `part-damaged` if it contradicts itself.
 */
export function parseHeader(json: string): PartHeader {
  const parsed = Header.safeParse(JSON.parse(json));
  if (!parsed.success) throw damaged('its header is malformed');
  const header = parsed.data;
  const { documents: length, groups, languages } = header;
  if (header.ids !== null && header.ids.length !== length)
    throw damaged('it has not an id for each document');
  if (header.answers !== undefined && header.answers.length !== length)
    throw damaged('it has not an answer for each document');
  if (header.claims?.some(([document]) => document >= length) === true)
    throw damaged('a claim is of none of its documents');
  for (const one of [groups, languages])
    if (one !== undefined && !fit(one, length, header.eValues.length))
      throw damaged('its groups are not those of its documents');
  if (header.files !== undefined && !addUp(header.files, header))
    throw damaged('what it says of its files does not add up to the whole');
  return header;
}

function addUp(files: readonly PartFile[], header: PartHeader): boolean {
  const sums = { records: 0, documents: 0, tokens: 0, bytes: 0, failed: 0 };
  for (const file of files) {
    for (const name of ['records', 'documents', 'tokens', 'bytes', 'failed'] as const)
      sums[name] += file[name];
  }
  const { records, documents, tokens, bytes, failed } = header;
  return (
    sums.records === records &&
    sums.documents === documents &&
    sums.tokens === tokens &&
    sums.bytes === bytes &&
    sums.failed === failed.records
  );
}

function fit({ groups, of }: PartGroups, documents: number, keys: number): boolean {
  const counts = groups.map(() => 0);
  for (const number of of) if (number >= 0) counts[number] = (counts[number] ?? 0) + 1;
  return (
    of.length === documents &&
    counts.length === groups.length &&
    groups.every(
      ({ eValues, documents: own }, i) =>
        own === counts[i] && eValues.length === keys && eValues.every(({ count: some }) => some <= own),
    )
  );
}
