import { createHash } from 'node:crypto';
import { formatManifest, type Manifest, manifestDigest, parseManifest } from '@countermark/corpus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MANIFEST: Manifest = {
  object: 'scan-manifest',
  version: 1,
  software: 'countermark-corpus 1',
  keys: [{ keyId: '0'.repeat(32), params: 'a'.repeat(64) }],
  settings: {
    alpha: 1e-6,
    falseDiscoveryRate: 0.05,
    minTokens: 50,
    normalization: 'none',
    sampleSize: 4096,
    sampleLevel: 4,
    documentShare: 0.1,
    maxRecordBytes: 2 ** 20,
    decoys: 2,
    seed: 'b'.repeat(64),
  },
  files: [
    {
      location: 'a.json',
      reading: {
        format: 'json',
        compression: 'none',
        layout: {
          kind: 'chat',
          field: 'messages',
          roleField: 'role',
          contentField: 'content',
          roles: ['assistant'],
        },
        idField: 'id',
        recordsField: 'data',
      },
      size: 7,
      modifiedMs: 1.5,
      edges: 'c'.repeat(64),
    },
  ],
  shards: [{ file: 0, range: { unit: 'bytes', start: 0, end: 7 }, bytes: 7 }],
  totalShards: 1,
};

/** The same with the members of every object in another order. */
function shuffled(value: unknown, order: (length: number) => number[]): unknown {
  if (Array.isArray(value)) return value.map((member) => shuffled(member, order));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  return Object.fromEntries(
    order(members.length).map((i) => [members[i]![0], shuffled(members[i]![1], order)]),
  );
}

describe('manifestDigest', () => {
  it('does not depend on the order of keys, nor on white space', () => {
    const digest = manifestDigest(MANIFEST);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (numbers) => {
        const order = (length: number): number[] =>
          Array.from({ length }, (_, i) => ({ i, at: numbers.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ i }) => i);
        const other = shuffled(MANIFEST, order) as Manifest;
        expect(manifestDigest(other)).toBe(digest);
        expect(manifestDigest(parseManifest(JSON.stringify(other)))).toBe(digest);
        expect(formatManifest(other)).toBe(formatManifest(MANIFEST));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('is the SHA-256 of the file that is written, but for when files were last written to', () => {
    const text = formatManifest(MANIFEST);
    const without = text.replace(/^ *"modifiedMs": .*\n/m, '');
    expect(without).not.toBe(text);
    expect(manifestDigest(MANIFEST)).toBe(createHash('sha256').update(without).digest('hex'));
    expect(parseManifest(text)).toEqual(MANIFEST);
  });

  it('is another for any other value', () => {
    const { seed: _, ...settings } = MANIFEST.settings;
    const others: Manifest[] = [
      { ...MANIFEST, settings },
      { ...MANIFEST, totalShards: 2 },
      { ...MANIFEST, files: [{ ...MANIFEST.files[0]!, size: 8 }] },
    ];
    const digests = [MANIFEST, ...others].map(manifestDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
