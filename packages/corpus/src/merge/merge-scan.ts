/** Unites the parts of a scan into its result. The same parts give the same bytes. */

import { join } from 'node:path';
import { reportCorpusDocument } from '@countermark/detector/corpus';
import { countLanguages, formatHash, loadLanguageIdentifier, NO_LANGUAGES } from '@countermark/hints';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { CorpusError } from '../errors.ts';
import { DOCUMENTS } from '../files/scan-files.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';
import type { DocumentRow } from '../parts/document-columns.ts';
import type { Part, PartDocuments } from '../parts/part.ts';
import type { PartSurvey } from '../parts/part-store.ts';
import type { ScanTools } from '../scan/shard-scan.ts';
import { CorpusTotals } from './corpus-totals.ts';
import { DocumentWriter } from './document-writer.ts';
import { FilePlaces } from './file-places.ts';
import type { ScanHeatMap } from './scan-heat-map.ts';
import type { ListedDocument, ScanSummary } from './scan-summary.ts';
import type { StrongDocument } from './strongest.ts';
import { summarize } from './summarize.ts';
import { type AccountList, type CorpusTrace, traceAccounts } from './trace-accounts.ts';

/** How parts are merged. */
export interface MergeOptions {
  /** Accounts to compare detected documents with. */
  readonly accounts?: AccountList;
  /** Only the first shards, where the scan stopped because the evidence sufficed. */
  readonly shards?: number;
  /** Whether a stop rule watched the scan, even if it never stopped it (default false). */
  readonly watched?: boolean;
  /** Which documents `documents.parquet` has (default all); every figure of the result is of all. */
  readonly documents?: 'all' | 'detected';
  /** What a file is called in the result (default its location). */
  readonly nameOf?: (location: string) => string;
}

/** A result before its page is drawn. */
export interface MergedScan {
  readonly summary: ScanSummary;
  /** The strongest documents, token by token. */
  readonly heatMaps: readonly ScanHeatMap[];
}

/** Detected documents that are listed, and those that are drawn. */
const LISTED = 100;
const DRAWN = 20;

/**
 * Merges the parts of a scan, and writes `documents.parquet`.
 *
 * @param survey    where the parts are.
 * @param directory where the table goes.
 * @throws {CorpusError} `parts-unfit` with the whole list as its `details`, if parts are missing, double, damaged or of another scan.
 */
export async function mergeScan(
  manifest: Manifest,
  survey: PartSurvey,
  tools: ScanTools,
  directory: string,
  options: MergeOptions = {},
): Promise<MergedScan> {
  const { shards = manifest.shards.length, watched = false, accounts, nameOf, documents = 'all' } = options;
  const totals = new CorpusTotals(manifest, tools.keys, shards);
  await eachPart(manifest, survey, shards, async (shard, digest) => {
    const part = await survey.read(shard, digest);
    const unfit = whyUnfit(part, manifest, shard);
    if (unfit !== undefined) throw new CorpusError('parts-unfit', `${survey.paths.get(shard)}: ${unfit}`);
    return () => totals.add(part);
  });
  const places = new FilePlaces(manifest, totals, nameOf);
  const isDetected = (row: DocumentRow): boolean => totals.verdictOf(row) === 'detected';
  const strong = totals.strongest.list().filter(({ row }) => isDetected(row));
  const traces = accounts === undefined ? [] : traceAll(tools, strong, accounts);
  const details = detailsOf(manifest, totals, places, tools, strong, traces);

  const writer = DocumentWriter.open(join(directory, DOCUMENTS));
  const addDocuments = async (part: PartDocuments): Promise<void> => {
    for (let i = 0; i < part.documents.length; i++) {
      const row = part.documents.row(i);
      totals.addSecond(part.shard, row);
      const verdict = totals.verdictOf(row);
      if (documents === 'detected' && verdict !== 'detected') continue;
      const place = places.of(part.shard, row);
      const id = part.ids?.[i] ?? `${place.file}#${place.record}`;
      const detail = details.get(`${part.shard} ${i}`);
      await writer.add({
        id,
        shard: part.shard,
        ...place,
        line: place.line ?? null,
        byteOffset: place.byteOffset ?? null,
        tokens: row.tokens,
        scored: row.scored,
        keyId: manifest.keys[row.key]?.keyId ?? '',
        verdict,
        log10PValue: row.log10PValue,
        log10QValue: totals.log10QValue(row) ?? null,
        log10EValue: row.log10EValue,
        contentHash: formatHash({ low: row.hashLow, high: row.hashHigh }),
        regions: detail?.regions === undefined ? null : JSON.stringify(detail.regions),
        account: detail?.account ?? null,
        answer: part.answers?.[i] ?? null,
        claims: part.claims?.get(i)?.join(',') ?? null,
      });
      if (detail === undefined) continue;
      detail.id = id;
      const answer = part.answers?.[i] ?? undefined;
      if (answer !== undefined) detail.answer = answer;
    }
  };
  try {
    await eachPart(manifest, survey, shards, async (shard, digest) => {
      const part = await survey.readDocuments(shard, digest);
      if (part.documents.length !== totals.shards[shard]?.documents)
        throw new CorpusError(
          'parts-unfit',
          `${survey.paths.get(shard)}: has changed since it was looked at`,
        );
      return () => addDocuments(part);
    });
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  const summary = summarize(manifest, tools.keys, totals, places, {
    shards,
    watched,
    top: [...details.values()].slice(0, LISTED),
    traces: traces.map(({ summary: one }) => one),
    languages: await languagesOf(totals),
  });
  return { summary, heatMaps: drawHeatMaps(tools, strong.slice(0, DRAWN), details) };
}

// Of the documents that are kept for measures of diversity: a random sample of the different contents.
async function languagesOf(totals: CorpusTotals): Promise<ScanSummary['languages']> {
  const texts = totals.sample.documents().map(({ text }) => text);
  if (texts.length === 0) return { ...NO_LANGUAGES, detected: {} };
  const identify = await loadLanguageIdentifier();
  const { languages: detected } = countLanguages(totals.detectedTexts(), identify);
  return { ...countLanguages(texts, identify), detected };
}

/** @param open reads a part, and returns what takes it: nothing is taken where one does not fit. */
async function eachPart(
  manifest: Manifest,
  { paths, missing, problems }: PartSurvey,
  shards: number,
  open: (shard: number, digest: string) => Promise<() => void | Promise<void>>,
): Promise<void> {
  const digest = manifestDigest(manifest);
  const faults = [
    ...problems,
    ...missing.filter((shard) => shard < shards).map((shard) => `shard ${shard} has no part`),
  ];
  for (let shard = 0; shard < shards; shard++) {
    if (!paths.has(shard)) continue;
    try {
      const take = await open(shard, digest);
      if (faults.length === 0) await take();
    } catch (error) {
      // That a store does not answer says nothing of the part.
      if (!(error instanceof CorpusError) || error.code === 'unreadable') throw error;
      faults.push(error.message);
    }
  }
  if (faults.length > 0) {
    throw new CorpusError('parts-unfit', 'the parts do not make a whole scan', { details: faults });
  }
}

// A part says itself which scan it is of, which a forged one may too.
function whyUnfit(
  { eValues, samples, documents, files }: Part,
  { keys, settings, shards }: Manifest,
  shard: number,
): string | undefined {
  if (files?.length !== shards[shard]?.files) return 'is of another number of files';
  const lanes = keys.length * (1 + (settings.seed === undefined ? 0 : settings.decoys));
  if (eValues.length !== keys.length || samples.length !== lanes) return 'is of another number of keys';
  if (samples.some(({ level }) => level < settings.sampleLevel)) return 'has samples of another size';
  if (eValues.some(({ count }) => count > documents.length)) return 'has more e-values than documents';
  return undefined;
}

function traceAll(
  { keys }: ScanTools,
  strong: readonly StrongDocument[],
  accounts: AccountList,
): CorpusTrace[] {
  const traced = keys.filter(({ params }) => params.accountShare > 0);
  return traced.map((key) => {
    const own = strong.filter(({ row }) => keys[row.key] === key);
    return traceAccounts(key, own, accounts, traced.length);
  });
}

type Detail = { -readonly [K in keyof ListedDocument]: ListedDocument[K] };

// By shard and number in it, the strongest first. Regions are looked for at the level that choosing documents leaves.
function detailsOf(
  manifest: Manifest,
  totals: CorpusTotals,
  places: FilePlaces,
  { keys }: ScanTools,
  strong: readonly StrongDocument[],
  traces: readonly CorpusTrace[],
): Map<string, Detail> {
  const { falseDiscoveryRate } = manifest.settings;
  // Those in which regions are looked for are the ones that were chosen: fewer than are detected, if those are many.
  const chosen = Math.min(strong.length, LISTED);
  const level = (falseDiscoveryRate * chosen) / Math.max(1, totals.conclusive());
  const details = new Map<string, Detail>();
  for (const [rank, document] of strong.entries()) {
    const { shard, lead, row } = document;
    const key = keys[row.key];
    if (key === undefined) continue;
    const detail: Detail = {
      id: '',
      ...places.of(shard, row),
      tokens: row.tokens,
      scored: row.scored,
      keyId: key.keyId,
      log10PValue: row.log10PValue,
      log10QValue: totals.log10QValue(row) ?? 0,
      log10EValue: row.log10EValue,
    };
    if (rank < LISTED) {
      const { regions } = reportCorpusDocument(key, lead.tokenIds, level, keys.length);
      detail.regions = regions.map(({ tokens, log10PValue }) => ({ ...tokens, log10PValue }));
    }
    const account = traces.map(({ accountOf }) => accountOf.get(document)).find((name) => name !== undefined);
    if (account !== undefined) detail.account = account;
    details.set(`${shard} ${lead.document}`, detail);
  }
  return details;
}

function drawHeatMaps(
  { keys, tokenizers }: ScanTools,
  strong: readonly StrongDocument[],
  details: ReadonlyMap<string, ListedDocument>,
): ScanHeatMap[] {
  return strong.flatMap(({ shard, lead, row }) => {
    const document = details.get(`${shard} ${lead.document}`);
    const key = keys[row.key];
    if (document === undefined || key === undefined) return [];
    const tokenizer: Tokenizer | undefined = tokenizers.find(
      ({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint,
    );
    const { trace } = reportCorpusDocument(key, lead.tokenIds, 0.5, keys.length, tokenizer);
    return [{ document, trace }];
  });
}
