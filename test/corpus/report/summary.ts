/** Results of scans that were never run, for tests of what a page shows of them. */
import type { htmlScanReport, ScanHeatMap } from '@countermark/corpus/internal';
import { Detector } from '@countermark/detector';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';

/** What a scan found. */
export type ScanSummary = Parameters<typeof htmlScanReport>[0];
export type ListedDocument = ScanSummary['top'][number];

const LICENSE_TEXT = 'Copies may be made of this text by whoever wants some, and passed on to others. ';
const FILES = 260;

/** One of the strongest documents. */
export function listedDocument(rank: number, more: Partial<ListedDocument> = {}): ListedDocument {
  return {
    id: `answer-${1000 + rank}`,
    file: `data/part-${String(rank % 7).padStart(3, '0')}.jsonl.gz`,
    record: 40 * rank,
    line: 40 * rank + 1,
    byteOffset: 81_920 * rank,
    tokens: 512 + rank,
    scored: 480 + rank,
    keyId: 'vendor-2025',
    log10PValue: -30 + rank / 2,
    log10QValue: -25.5 + rank / 2,
    log10EValue: 28 - rank / 2,
    ...more,
  };
}

/** A corpus of two million documents, of which one in nine is marked under the first of two keys. */
export function markedSummary(): ScanSummary {
  return {
    object: 'corpus-scan',
    finding: {
      version: 1,
      object: 'corpus-scan',
      nullHypothesis: 'every document of the corpus was produced without access to the key',
      level: 0.001,
      software: { countermark: '@countermark/corpus 0.1.0', textUnicode: '16.0' },
      keys: [
        { keyId: 'vendor-2025', params: 'a1b2c3d4e5f60718' },
        { keyId: 'vendor-2024', params: 'a1b2c3d4e5f60718' },
      ],
      inputs: [{ kind: 'scan-manifest', sha256: '5c'.repeat(32) }],
    },
    unread: { accepted: false, inputs: [] },
    unknown: { files: 0, bytes: 0, names: [] },
    version: 1,
    software: '@countermark/corpus 0.1.0',
    manifest: '5c'.repeat(32),
    verdict: 'detected',
    alpha: 0.001,
    falseDiscoveryRate: 0.01,
    minTokens: 50,
    corrections: [
      { method: 'bonferroni', over: 'tests', tests: 2 },
      { method: 'holm', over: 'keys', tests: 2 },
      { method: 'benjamini-hochberg', over: 'documents', tests: 1_800_000 },
    ],
    keys: [
      {
        keyId: 'vendor-2025',
        params: 'a1b2c3d4e5f60718',
        scheme: 'gumbel',
        verdict: 'detected',
        log10PValue: -1234.5,
        pooled: {
          log10PValue: -1235.102,
          scored: 1_048_576,
          sum: 1.1e12,
          zScore: 77.414,
          level: 9,
          uniqueTuples: 536_870_912,
          log10EValue: 1201.337,
        },
        documents: { log10PValue: -27.2, log10EValue: 27.2, count: 1_800_000 },
        decoys: {
          count: 999,
          atLeastAsStrong: 0,
          log10RankPValue: -3,
          belowOnePercent: 11,
          log10AlarmPValue: -0.3,
          alarm: false,
        },
      },
      {
        keyId: 'vendor-2024',
        params: '0f1e2d3c4b5a6978',
        scheme: 'green-list',
        verdict: 'not-detected',
        log10PValue: -0.02,
        pooled: {
          log10PValue: -0.31,
          scored: 1_000_000,
          sum: 250_001,
          zScore: -0.12,
          level: 0,
          uniqueTuples: 1_000_000,
          log10EValue: -1.5,
        },
        documents: { log10PValue: 0, log10EValue: -0.1, count: 1_799_000 },
      },
    ],
    shards: { total: 512, planned: 512, scanned: 512, stopped: false },
    files: Array.from({ length: FILES }, (_, i) => ({
      file: `data/part-${String(i).padStart(3, '0')}.jsonl.gz`,
      reading: {
        format: 'jsonl' as const,
        compression: 'gzip' as const,
        layout: {
          kind: 'chat' as const,
          field: 'messages',
          roleField: 'role',
          contentField: 'content',
          roles: ['assistant'],
        },
        idField: 'id',
      },
      bytes: 12_345_678 + i,
      records: 7692,
      documents: 7690,
      failed: i === 3 ? 5 : 0,
      tokens: 4_000_000 + i,
      // 37 has no common factor with 260, so that every file has another number.
      detected: (37 * i) % FILES,
    })),
    coverage: {
      characters: 4_100_000_000,
      tested: 3_936_000_000,
      tokenIds: 0,
      share: 0.96,
      documents: 2_000_000,
      emptyDocuments: 12,
      rest: [
        { field: 'messages[].content', why: 'prompt', name: 'user', characters: 123_000_000, share: 0.03 },
        { field: 'id', why: 'unread', characters: 41_000_000, share: 0.01 },
      ],
      unlisted: 0,
      approximate: false,
    },
    records: 2_000_005,
    documents: 2_000_000,
    conclusive: 1_800_000,
    tokens: 1_043_210_987,
    bytes: 3_210_987_654,
    detected: 198_765,
    contents: { documents: 1_950_000, conclusive: 1_750_000, detected: 190_000, sampleShare: 1 },
    share: {
      documents: 1_750_000,
      below: 200_321,
      level: 0.001,
      estimate: 0.1136,
      low: 0.1131,
      high: 0.1141,
      byLength: [
        { from: 50, to: 99, documents: 300_000, below: 9000, estimate: 0.029 },
        { from: 100, to: 399, documents: 900_000, below: 91_321, estimate: 0.101 },
        { from: 400, to: null, documents: 550_000, below: 100_000, estimate: 0.181 },
      ],
    },
    histogram: {
      bins: [290_000, ...Array.from({ length: 18 }, (_, i) => 79_400 + ((i * 97) % 40) * 10), 77_190],
      decades: [110_000, 40_000, 20_000, 15_000, 10_000, 125_321],
    },
    curve: Array.from({ length: 512 }, (_, i) => ({
      tokens: Math.round(((i + 1) * 1_043_210_987) / 512),
      log10EValue: (1201.337 * (i + 1)) / 512 + Math.sin(i),
    })),
    top: Array.from({ length: 60 }, (_, i) =>
      listedDocument(i, {
        regions: i === 0 ? [{ start: 40, end: 300, log10PValue: -28.1 }] : [],
        ...(i < 3 ? { account: `team-${i}` } : {}),
      }),
    ),
    accounts: [
      {
        keyId: 'vendor-2025',
        alpha: 0.001,
        accounts: 24_000,
        issued: 25_000,
        documents: 100_000,
        left: 98_765,
        named: [
          { account: 'team-0', log10PValue: -210.4, scope: 'pooled', documents: 812 },
          { account: 'team-1', log10PValue: -88, scope: 'pooled', documents: 301 },
          { account: 'team-2', log10PValue: -7.31, scope: 'document', documents: 1 },
        ],
      },
    ],
    duplicates: {
      sampleShare: 0.5,
      distinct: 1_900_000,
      exact: 100_000,
      nearShare: 0.031,
      largest: [
        { copies: 1204, file: 'data/part-001.jsonl.gz', record: 17 },
        { copies: 88, file: 'data/part-004.jsonl.gz', record: 5021 },
      ],
    },
    languages: {
      documents: 31_250,
      languages: { en: 25_000, de: 4000, undetermined: 2250 },
      detected: { en: 3100 },
    },
    failures: {
      records: 5,
      byCode: { 'invalid-json': 4, 'too-long': 1 },
      listed: [
        ...[11, 12, 19, 240].map((line) => ({
          file: 'data/part-003.jsonl.gz',
          record: line,
          line: line + 1,
          byteOffset: 1000 * line,
          code: 'invalid-json' as const,
          message: 'the line is not JSON',
        })),
        {
          file: 'data/part-003.jsonl.gz',
          record: 777,
          code: 'too-long' as const,
          message: 'longer than 67,108,864 bytes',
        },
      ],
    },
    leads: {
      identity: {
        documents: 2_000_000,
        documentsWithClaim: 1234,
        documentsWithDenial: 56,
        claims: [
          { assistant: 'anthropic', language: 'en', claims: 100 },
          { assistant: 'openai', language: 'en', claims: 1100 },
          { assistant: 'openai', language: 'de', claims: 40 },
        ],
        examples: [
          {
            hash: '0123456789abcdef',
            file: 'data/part-002.jsonl.gz',
            record: 99,
            assistant: 'openai',
            language: 'en',
            snippet:
              'As an AI language model trained by its maker, I cannot open links, but I can tell you how',
          },
        ],
      },
      diversity: {
        documents: 1000,
        meanWords: 212.4,
        distinct: [0.4211, 0.8312, 0.9604],
        compression: 2.81,
        overlap: 0.2214,
        openingBits: null,
      },
      frequent: {
        documents: 1000,
        whole: 812,
        openings: [{ words: 'certainly here is a summary', documents: 41 }],
        endings: [{ words: 'let me know if you', documents: 12 }],
        phrases: [],
      },
    },
  };
}

/** A corpus in which nothing is marked, and nobody asked for accounts. */
export function plainSummary(): ScanSummary {
  const { accounts: _, ...summary } = markedSummary();
  const [first, second] = summary.keys;
  return {
    ...summary,
    verdict: 'not-detected',
    detected: 0,
    contents: { ...summary.contents, detected: 0 },
    languages: { ...summary.languages, detected: {} },
    keys: [
      {
        ...first!,
        verdict: 'not-detected',
        log10PValue: 0,
        pooled: { ...first!.pooled, log10PValue: -0.4, zScore: 0.27, log10EValue: -3.2 },
        documents: { log10PValue: 0, log10EValue: -0.05, count: 1_800_000 },
      },
      second!,
    ],
    share: {
      ...summary.share,
      below: 1720,
      estimate: 0,
      low: 0,
      high: 0.0001,
      byLength: summary.share.byLength.map((part) => ({
        ...part,
        below: Math.round(part.documents / 1000),
        estimate: 0,
      })),
    },
    histogram: { bins: Array(20).fill(90_000), decades: [162_000, 16_200, 1620, 162, 16, 2] },
    curve: Array.from({ length: 100 }, (_, i) => ({
      tokens: 10_432_109 * (i + 1),
      log10EValue: -3.2 * Math.sqrt((i + 1) / 100),
    })),
    top: summary.top.slice(0, 2).map(({ account: _account, regions: _regions, ...document }) => ({
      ...document,
      log10PValue: -5.9,
      log10QValue: -0.1,
      log10EValue: 3.2,
    })),
    failures: { records: 0, byCode: {}, listed: [] },
    files: summary.files.slice(0, 3).map((file) => ({ ...file, failed: 0, detected: 0 })),
  };
}

/** A corpus of no documents. */
export function emptySummary(): ScanSummary {
  const { accounts: _, ...summary } = plainSummary();
  const nothing = { log10PValue: 0, scored: 0, sum: 0, zScore: 0, level: 0, uniqueTuples: 0, log10EValue: 0 };
  return {
    ...summary,
    verdict: 'inconclusive',
    corrections: [],
    keys: [
      {
        keyId: 'vendor-2025',
        params: 'a1b2c3d4e5f60718',
        scheme: 'gumbel',
        verdict: 'inconclusive',
        log10PValue: 0,
        pooled: nothing,
        documents: { log10PValue: 0, log10EValue: 0, count: 0 },
      },
    ],
    shards: { total: 1, planned: 1, scanned: 1, stopped: false },
    files: summary.files
      .slice(0, 1)
      .map((file) => ({ ...file, bytes: 0, records: 0, documents: 0, tokens: 0 })),
    ...{ records: 0, documents: 0, conclusive: 0, tokens: 0, bytes: 0 },
    contents: { documents: 0, conclusive: 0, detected: 0, sampleShare: 1 },
    share: { documents: 0, below: 0, level: 0.001, estimate: 0, low: 0, high: 1, byLength: [] },
    histogram: { bins: Array(20).fill(0), decades: Array(6).fill(0) },
    curve: [{ tokens: 0, log10EValue: 0 }],
    top: [],
    duplicates: { sampleShare: 1, distinct: 0, exact: 0, nearShare: 0, largest: [] },
    languages: { documents: 0, languages: {}, detected: {} },
    leads: {
      identity: { documents: 0, documentsWithClaim: 0, documentsWithDenial: 0, claims: [], examples: [] },
      diversity: {
        documents: 0,
        meanWords: null,
        distinct: [null, null, null],
        compression: null,
        overlap: null,
        openingBits: null,
      },
      frequent: { documents: 0, whole: 0, openings: [], endings: [], phrases: [] },
    },
  };
}

/** Draws texts as the documents at the head of a list. */
export function heatMapsOf(
  summary: ScanSummary,
  texts: readonly string[] = [LICENSE_TEXT.repeat(6), LICENSE_TEXT],
): ScanHeatMap[] {
  const { name, vocabSize, fingerprint } = BYTE_TOKENIZER;
  const params = createParams({ tokenizer: { name, vocabSize, fingerprint }, contextWidth: 2 });
  const key = new WatermarkKey(params, new Uint8Array(32).fill(7));
  const detector = new Detector([key], { tokenizers: [BYTE_TOKENIZER], normalization: 'none' });
  const maps = texts.map((text, i) => ({
    document: summary.top[i] ?? listedDocument(i),
    trace: detector.report(text),
  }));
  detector.close();
  return maps;
}

// Strings whose values the format itself fixes.
const FIXED = new Set([
  'object',
  'verdict',
  'method',
  'over',
  'scope',
  'kind',
  'why',
  'format',
  'compression',
  'hash',
]);

/** Puts other strings in the place of all that a corpus or a caller may choose, names of languages and codes among them. */
export function withStrings<T>(value: T, replace: (text: string) => string): T {
  const visit = (part: unknown, name: string): unknown => {
    if (typeof part === 'string') return FIXED.has(name) ? part : replace(part);
    if (Array.isArray(part)) return part.map((item) => visit(item, name));
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part;
    // The keys of counts by name come from the corpus as well.
    const isCounts =
      ['languages', 'detected', 'byCode'].includes(name) &&
      Object.values(part).every((item) => typeof item === 'number');
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [isCounts ? replace(key) : key, visit(item, key)]),
    );
  };
  return visit(value, '') as T;
}
