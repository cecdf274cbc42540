import type { Part } from './part.ts';
import { bytesOf, joinPart } from './part-bytes.ts';

/**
 * Writes a part. Equal parts give equal bytes.
 *
 * @param sampleSize the size that the samples were made with.
 */
export function formatPart(part: Part, sampleSize: number): Uint8Array {
  const samples = part.samples.map((sample) => sample.toBytes());
  const header: Record<string, unknown> = {
    manifest: part.manifest,
    shard: part.shard,
    records: part.records,
    lines: part.lines ?? null,
    bytes: part.bytes,
    tokens: part.tokens,
    documents: part.documents.length,
    failed: part.failed,
    failures: part.failures,
    ids: part.ids ?? null,
    ...(part.answers === undefined ? {} : { answers: part.answers }),
    ...(part.files === undefined ? {} : { files: part.files }),
    ...(part.coverage === undefined ? {} : { coverage: part.coverage }),
    eValues: part.eValues,
    samples: part.samples.map(({ level, size }) => ({ level, size: sampleSize, entries: size })),
    leads: part.leads.map(({ document, log10PValue, tokenIds }) => ({
      document,
      log10PValue,
      lengths: tokenIds.map(({ length }) => length),
    })),
    identity: part.identity.toJSON(),
    sample: part.sample.toJSON(),
    ...(part.claims === undefined || part.claims.size === 0 ? {} : { claims: [...part.claims] }),
    ...(part.groups === undefined ? {} : { groups: part.groups }),
    ...(part.languages === undefined ? {} : { languages: part.languages }),
  };
  const tokens = part.leads.flatMap(({ tokenIds }) => tokenIds.map(bytesOf));
  return joinPart(Buffer.from(JSON.stringify(header)), [part.documents.toBytes(), ...samples, ...tokens]);
}
