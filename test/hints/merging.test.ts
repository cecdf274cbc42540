/** Whatever shards a corpus is cut into, and in whatever order they are merged, leads come out the same. */
import { contentHash, createIdentityCounter, DocumentSample, IdentityTally } from '@countermark/hints';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLAIMS, DENIALS, NO_CLAIMS } from './statements.ts';

const counter = createIdentityCounter();
const texts = [
  ...Object.values(CLAIMS)
    .flat()
    .map(([, text]) => text),
  ...Object.values(NO_CLAIMS).flat(),
  ...Object.values(DENIALS),
];

interface Placed {
  readonly text: string;
  readonly record: number;
}

/** A corpus with duplicates, its cut into shards, and the order in which those are merged. */
const cutCorpus = fc
  .array(fc.integer({ min: 0, max: texts.length - 1 }), { minLength: 1, maxLength: 80 })
  .chain((picks) => {
    const documents: Placed[] = picks.map((pick, record) => ({ text: texts[pick]!, record }));
    return fc.array(fc.nat(4), { minLength: picks.length, maxLength: picks.length }).chain((shards) =>
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }).map((order) => ({
        documents,
        parts: order.map((s) => documents.filter((_, i) => shards[i] === s)),
      })),
    );
  });

interface Mergeable<T> {
  merge(other: T): void;
  toJSON(): unknown;
}

function expectSameInAnyCut<T extends Mergeable<T>>(
  scan: (documents: readonly Placed[]) => T,
  read: (json: unknown) => T,
): void {
  fc.assert(
    fc.property(cutCorpus, ({ documents, parts }) => {
      const merged = scan([]);
      for (const part of parts) merged.merge(read(JSON.parse(JSON.stringify(scan(part)))));
      const byTwo = scan([]);
      for (let i = 0; i < parts.length; i += 2) {
        const pair = scan(parts[i]!);
        pair.merge(scan(parts[i + 1] ?? []));
        byTwo.merge(pair);
      }
      const whole = JSON.stringify(scan(documents));
      expect(JSON.stringify(merged)).toBe(whole);
      expect(JSON.stringify(byTwo)).toBe(whole);
      expect(JSON.stringify(scan([...documents].reverse()))).toBe(whole);
    }),
    { numRuns: 60 },
  );
}

function scanIdentity(documents: readonly Placed[]): IdentityTally {
  const tally = new IdentityTally();
  for (const { text, record } of documents) {
    tally.add(contentHash([text]), { file: 'a.jsonl', record }, [text], [counter.read(text)]);
  }
  return tally;
}

function scanSample(documents: readonly Placed[], share = 1): DocumentSample {
  const sample = new DocumentSample({ size: 7, share });
  for (const { text } of documents) sample.add(contentHash([text]), [text]);
  return sample;
}

describe('IdentityTally', () => {
  it('is the same in any cut and order', () => expectSameInAnyCut(scanIdentity, IdentityTally.fromJSON));

  it('keeps the twenty examples with the smallest hashes, of different documents', () => {
    const documents = [...texts, ...texts].map((text, record) => ({ text, record }));
    const { examples, documentsWithClaim } = scanIdentity(documents).toJSON();
    expect(documentsWithClaim).toBe(2 * Object.values(CLAIMS).flat().length);
    expect(examples).toHaveLength(20);
    const hashes = examples.map(({ hash }) => hash);
    expect(hashes).toEqual([...new Set(hashes)].sort());
    // The first of two equal documents.
    for (const { record } of examples) expect(record).toBeLessThan(texts.length);
  });

  it('shows a claim in at most 160 characters of one line', () => {
    const text = `${'🙂\n'.repeat(200)}I am ChatGPT. ${'𝒳 '.repeat(200)}`;
    const [example] = scanIdentity([{ text, record: 0 }]).toJSON().examples;
    expect(example!.snippet).toContain('I am ChatGPT.');
    expect(example!.snippet.length).toBeLessThanOrEqual(160);
    expect(example!.snippet).not.toMatch(/[\n\ufffd]|\p{Cs}/u);
  });

  it('counts denials apart', () => {
    const json = scanIdentity([{ text: 'I am not ChatGPT.', record: 0 }]).toJSON();
    expect(json).toMatchObject({ documents: 1, documentsWithClaim: 0, documentsWithDenial: 1, claims: [] });
  });

  it.each([null, {}, { documents: -1 }])('is not read from %j', (json) => {
    expect(() => IdentityTally.fromJSON(json)).toThrow(TypeError);
  });

  it('wants what was read in each segment', () => {
    expect(() => new IdentityTally().add(contentHash(['a']), { file: 'a', record: 0 }, ['a'], [])).toThrow(
      RangeError,
    );
  });
});

describe('DocumentSample', () => {
  it('is the same in any cut and order', () => expectSameInAnyCut(scanSample, DocumentSample.fromJSON));

  it('is the same however often a shard is added', () => {
    fc.assert(
      fc.property(cutCorpus, ({ documents, parts }) => {
        const sample = scanSample(documents);
        for (const part of [...parts, ...parts]) sample.merge(scanSample(part));
        sample.merge(sample);
        expect(sample.toJSON()).toEqual(scanSample(documents).toJSON());
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the documents with the smallest hashes', () => {
    const documents = texts.map((text, record) => ({ text, record }));
    const hashes = scanSample(documents)
      .toJSON()
      .documents.map(({ hash }) => hash);
    const all = new DocumentSample({ size: 10_000 });
    for (const text of texts) all.add(contentHash([text]), [text]);
    expect(hashes).toEqual(
      all
        .toJSON()
        .documents.slice(0, 7)
        .map(({ hash }) => hash),
    );
  });

  it('merges to the smaller size and share', () => {
    const documents = texts.map((text, record) => ({ text, record }));
    const few = scanSample(documents, 1 / 64);
    const merged = scanSample(documents);
    merged.merge(few);
    expect(merged.toJSON()).toEqual(few.toJSON());
    expect(few.toJSON().documents.length).toBeLessThan(7);
  });

  it('keeps the first 2,000 characters, and half of no pair', () => {
    const sample = new DocumentSample();
    sample.add(contentHash(['long']), ['a', '🙂'.repeat(2000)]);
    const [document] = sample.documents();
    expect(document!.text).toHaveLength(2000);
    expect(document!.text).toMatch(/^a\n\n🙂/);
    expect(document!.text).not.toMatch(/\p{Cs}/u);
  });

  it.each([{ size: 0 }, { size: 1.5 }, { share: 0 }, { share: 1.1 }])('refuses %j', (options) => {
    expect(() => new DocumentSample(options)).toThrow(RangeError);
  });

  it.each([null, { size: 1, share: 1, documents: [{ hash: 'x', text: '' }] }])(
    'is not read from %j',
    (json) => {
      expect(() => DocumentSample.fromJSON(json)).toThrow(TypeError);
    },
  );
});
