import { type Correction, findingOf, rankAmongDecoys } from '@countermark/detector';
import { decide, joinVerdicts } from '@countermark/detector/corpus';
import { holm } from '@countermark/detector/stats';
import { frequentPhrases, measureDiversity } from '@countermark/hints';
import type { WatermarkKey } from '@countermark/watermark';
import { TEXT_UNICODE_VERSION } from '@countermark/watermark/tokenizer';
import { groupFieldsOf } from '../documents/layout.ts';
import { promptsOf, sumCoverages, type TextCoverage, textCoverage } from '../documents/text-coverage.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';
import type { CorpusTotals } from './corpus-totals.ts';
import type { FilePlaces } from './file-places.ts';
import type { KeyResult, ListedDocument, ScanSummary } from './scan-summary.ts';
import { shareOf } from './share-of.ts';
import { FINAL_TESTS, WATCHED_TESTS } from './stop-rule.ts';
import type { CorpusTrace } from './trace-accounts.ts';

/** What a summary holds that is not in the totals. */
interface SummaryInput {
  /** Shards that were scanned. */
  readonly shards: number;
  /** Whether a rule watched the scan that would have stopped it early. */
  readonly watched: boolean;
  readonly top: readonly ListedDocument[];
  readonly traces: readonly CorpusTrace['summary'][];
  readonly languages: ScanSummary['languages'];
}

/** Draws the conclusions of a scan from its totals, after both rounds. */
export function summarize(
  manifest: Manifest,
  keys: readonly WatermarkKey[],
  totals: CorpusTotals,
  places: FilePlaces,
  { shards, watched, top, traces, languages }: SummaryInput,
): ScanSummary {
  const { settings } = manifest;
  const stopped = shards < manifest.shards.length;
  const tests = watched || stopped ? WATCHED_TESTS : FINAL_TESTS;
  const results = testKeys(manifest, keys, totals, stopped, tests);
  const best = results.reduce((a, b, i) => (b.log10PValue < (results[a]?.log10PValue ?? 0) ? i : a), 0);
  const sum = (of: (shard: CorpusTotals['shards'][number]) => number): number =>
    totals.shards.reduce((total, shard) => total + of(shard), 0);
  const files = filesOf(manifest, totals, places.names);
  const documents = sum((shard) => shard.documents);
  const groups = totals.groups.summary(documents, settings);
  const byLanguage = totals.languages.summary(documents, settings);
  const by = [...new Set(manifest.files.flatMap(({ reading }) => groupFieldsOf(reading)))];
  const isCovered = [...totals.coverage.values()].every((coverage) => coverage !== undefined);
  const texts = totals.sample.documents().map(({ text }) => text);
  return {
    object: 'corpus-scan',
    finding: findingOf('corpus-scan', {
      level: settings.alpha,
      // The same whoever merges, as all of the summary is.
      software: { countermark: manifest.software, textUnicode: TEXT_UNICODE_VERSION },
      keys: keys.map(({ keyId, fingerprint, commitment }) => ({ keyId, params: fingerprint, commitment })),
      inputs: [{ kind: 'scan-manifest', sha256: manifestDigest(manifest) }],
    }),
    version: 1,
    software: manifest.software,
    manifest: manifestDigest(manifest),
    verdict: joinVerdicts(results.map(({ verdict }) => verdict)),
    alpha: settings.alpha,
    falseDiscoveryRate: settings.falseDiscoveryRate,
    minTokens: settings.minTokens,
    ...(settings.windowTokens === undefined ? {} : { windowTokens: settings.windowTokens }),
    corrections: correctionsOf(keys.length, tests, totals),
    keys: results,
    shards: { total: manifest.totalShards, planned: manifest.shards.length, scanned: shards, stopped },
    files,
    ...(isCovered ? { coverage: sumCoverages(files.flatMap(({ coverage = [] }) => coverage)) } : {}),
    ...(groups === undefined ? {} : { groups: { by, ...groups } }),
    ...(byLanguage === undefined ? {} : { byLanguage }),
    records: sum(({ records }) => records),
    documents,
    conclusive: totals.conclusive(),
    tokens: totals.tokens,
    bytes: sum(({ bytes }) => bytes),
    detected: totals.detected(),
    contents: contentsOf(totals),
    share: shareOf(totals, settings.falseDiscoveryRate),
    histogram: totals.tallies.histogram.toJSON(),
    curve: totals.keys[best]?.curve ?? [],
    top,
    ...(traces.length === 0
      ? {}
      : {
          accounts: traces.map((trace) => {
            const key = keys.findIndex(({ keyId }) => keyId === trace.keyId);
            return { ...trace, left: totals.detectedUnder(key) - trace.documents };
          }),
        }),
    duplicates: {
      ...totals.tallies.duplicates.counts(),
      largest: totals.largest().map(({ copies, shard, row }) => {
        const { file, record } = places.of(shard, row);
        return { copies, file, record };
      }),
    },
    languages,
    failures: {
      records: sum(({ failed }) => failed),
      byCode: Object.fromEntries([...totals.failuresByCode].sort(([a], [b]) => (a < b ? -1 : 1))),
      listed: totals.failures.map(({ shard, failure }) => ({
        ...places.of(shard, failure),
        code: failure.code,
        message: failure.message,
        ...(failure.rows === undefined ? {} : { rows: failure.rows }),
      })),
    },
    unread: { accepted: manifest.unreadAccepted === true, inputs: manifest.unread ?? [] },
    unknown: manifest.unknown ?? { files: 0, bytes: 0, names: [] },
    ...(manifest.excluded === undefined ? {} : { excluded: manifest.excluded }),
    leads: {
      identity: totals.identity.toJSON(),
      diversity: measureDiversity(texts),
      frequent: frequentPhrases(texts),
    },
  };
}

function testKeys(
  manifest: Manifest,
  keys: readonly WatermarkKey[],
  totals: CorpusTotals,
  stopped: boolean,
  tests: number,
): KeyResult[] {
  const { alpha, minTokens, decoys } = manifest.settings;
  const found = totals.keys.map(({ sample, documents, running }) => {
    const pooled = sample.test();
    const log10EValue = sample.log10EValue();
    const log10OfDocuments = stopped ? running.log10OfDocuments() : documents.log10Mean();
    // A scan that stopped where the evidence sufficed has no p-value but what e-values give.
    const log10Pooled = stopped ? Math.min(0, -log10EValue) : pooled.log10PValue;
    return {
      log10OfWhole: pooled.log10PValue,
      pooled: { ...pooled, log10PValue: log10Pooled + 0, log10EValue },
      documents: {
        log10PValue: Math.min(0, -log10OfDocuments) + 0,
        log10EValue: log10OfDocuments,
        count: documents.count,
      },
    };
  });
  // Several tests of one hypothesis: Bonferroni.
  const own = found.map(({ pooled, documents }) =>
    Math.min(0, Math.min(pooled.log10PValue, documents.log10PValue) + Math.log10(tests)),
  );
  const adjusted = holm(own);
  return keys.map((key, i): KeyResult => {
    const test = found[i];
    if (test === undefined) throw new RangeError('"keys" expected those of the totals, got others');
    const log10PValue = adjusted[i] ?? 0;
    const { scored, level } = test.pooled;
    const log10Level = Math.log10(alpha);
    const verdict = decide({ log10Value: log10PValue, log10Level, scored, minTokens });
    const decoyTests = totals.decoyTests(i).map((decoy) => decoy.log10PValue);
    return {
      keyId: key.keyId,
      params: key.fingerprint,
      scheme: key.params.scheme.kind,
      verdict,
      log10PValue,
      pooled: { ...test.pooled, uniqueTuples: scored * 2 ** level },
      documents: test.documents,
      ...(decoys === 0 ? {} : { decoys: rankAmongDecoys(test.log10OfWhole, decoyTests) }),
    };
  });
}

// Beyond a million contents a sample of them was looked at.
function contentsOf(totals: CorpusTotals): ScanSummary['contents'] {
  const { sampleShare, distinct } = totals.tallies.duplicates.counts();
  const scale = 1 / sampleShare;
  // That there are some is known, even where none is among those looked at.
  const least = totals.detected() > 0 ? 1 : 0;
  return {
    documents: distinct,
    conclusive: totals.share.estimate().documents * scale,
    detected: Math.max(least, totals.contents.detected * scale),
    sampleShare,
  };
}

function correctionsOf(keys: number, tests: number, totals: CorpusTotals): Correction[] {
  const corrections: Correction[] = [{ method: 'bonferroni', over: 'tests', tests }];
  if (keys > 1) corrections.push({ method: 'holm', over: 'keys', tests: keys });
  corrections.push({ method: 'benjamini-hochberg', over: 'documents', tests: totals.conclusive() });
  return corrections;
}

function filesOf(manifest: Manifest, totals: CorpusTotals, names: readonly string[]): ScanSummary['files'] {
  const files = manifest.files.map(({ location, reading }, i) => ({
    file: names[i] ?? location,
    reading,
    bytes: 0,
    records: 0,
    documents: 0,
    failed: 0,
    tokens: 0,
    detected: 0,
  }));
  const covered = (at: number): { coverage?: TextCoverage } => {
    const counts = totals.coverage.get(at)?.counts();
    const reading = manifest.files[at]?.reading;
    if (counts === undefined || reading === undefined) return {};
    return { coverage: textCoverage(counts, promptsOf(reading)) };
  };
  for (const [i, shard] of totals.shards.entries()) {
    const first = manifest.shards[i]?.file ?? -1;
    for (const [at, counts] of (shard.files?.counts ?? [shard]).entries()) {
      const file = files[first + at];
      if (file === undefined) continue;
      for (const name of ['bytes', 'records', 'documents', 'failed', 'tokens', 'detected'] as const) {
        file[name] += counts[name];
      }
    }
  }
  return files.map((file, i) => ({ ...file, ...covered(i) }));
}
