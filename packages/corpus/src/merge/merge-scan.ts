/** Unites the parts of a scan into its result. The same parts give the same bytes. */

import { reportCorpusDocument } from '@countermark/detector/corpus';
import { countLanguages, formatHash, loadLanguageIdentifier, NO_LANGUAGES } from '@countermark/hints';
import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { CorpusError } from '../errors.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';
import { readFacts } from '../parts/parse-part.ts';
import { namingPart, type PartSurvey } from '../parts/part-store.ts';
import type { ScanTools } from '../scan/shard-scan.ts';
import { CorpusTotals } from './corpus-totals.ts';
import { DocumentFiles, removeDocuments } from './document-files.ts';
import { FilePlaces } from './file-places.ts';
import type { FirstTask, PartsOfScan } from './first-round.ts';
import { runFirstRound, runSecondRound } from './run-round.ts';
import type { ScanHeatMap } from './scan-heat-map.ts';
import type { ListedDocument, ScanSummary } from './scan-summary.ts';
import type { FirstFindings, NamedDocument, SecondPart, TableDocuments } from './second-round.ts';
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
  /** Which documents `documents.parquet` has (default all), or that there is to be none; every figure of the result is of all. */
  readonly documents?: TableDocuments;
  /** Documents after which another file is begun, `documents-00000.parquet` and so on; integer ≥ 1 (default: all in one file). */
  readonly documentsPerFile?: number;
  /** Threads that read parts, integer ≥ 1 (default 1: this one). The result is the same with any number. */
  readonly threads?: number;
  /** What a file is called in the result (default its location). */
  readonly nameOf?: (location: string) => string;
}

const OPTIONS: OptionNames<MergeOptions> = {
  accounts: true,
  shards: true,
  watched: true,
  documents: true,
  documentsPerFile: true,
  threads: true,
  nameOf: true,
};

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
 * Parts are read twice, as what is said of a document depends on all others. Stretches of them are counted apart, in threads where there are
 * several, and what was counted is united here in the order of the shards: the same parts give the same bytes, however many threads there are.
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
  checkOptionNames(options, OPTIONS, 'mergeScan');
  const { shards = manifest.shards.length, watched = false, accounts, nameOf, threads = 1 } = options;
  const scan: PartsOfScan = {
    manifest: manifestDigest(manifest),
    settings: manifest.settings,
    keyIds: manifest.keys.map(({ keyId }) => keyId),
    s3: survey.s3,
  };
  const totals = await countAll(manifest, survey, tools, { scan, shards, threads });
  const places = new FilePlaces(manifest, totals, nameOf);
  const strong = totals.strongest.list().filter(({ row }) => totals.verdicts.isDetected(row));
  const traces = accounts === undefined ? [] : traceAll(tools, strong, accounts);
  const details = detailsOf(manifest, totals, places, tools, strong, traces);
  await writeDocuments(survey, totals, { scan, shards, threads, places, details }, directory, options);
  const summary = summarize(manifest, tools.keys, totals, places, {
    shards,
    watched,
    top: [...details.values()].map(({ listed }) => listed).slice(0, LISTED),
    traces: traces.map(({ summary: one }) => one),
    languages: await languagesOf(totals),
  });
  return { summary, heatMaps: drawHeatMaps(tools, strong.slice(0, DRAWN), details) };
}

interface RoundOptions {
  readonly scan: PartsOfScan;
  readonly shards: number;
  readonly threads: number;
}

// First round: nothing is taken where one part does not fit.
async function countAll(
  manifest: Manifest,
  { files, paths, missing, problems }: PartSurvey,
  tools: ScanTools,
  { scan, shards, threads }: RoundOptions,
): Promise<CorpusTotals> {
  const totals = new CorpusTotals(manifest, tools.keys, shards);
  const faults = [
    ...problems,
    ...missing.filter((shard) => shard < shards).map((shard) => `shard ${shard} has no part`),
  ];
  const there = Array.from({ length: shards }, (_, shard) => files.get(shard)).filter(
    (at) => at !== undefined,
  );
  const tasks = stretches(there, Math.ceil(there.length / (8 * threads))).map(
    (stretch): FirstTask => ({
      parts: stretch.map((at) => ({ at, files: manifest.shards[at.shard]?.files })),
    }),
  );
  await runFirstRound({ scan }, tasks, threads, ({ parts, tallies }) => {
    for (const part of parts) {
      if (part.fault !== undefined) faults.push(part.fault);
      if (part.fault !== undefined || faults.length > 0) continue;
      try {
        totals.add(
          namingPart(paths.get(part.shard) ?? '', () => readFacts(part.facts)),
          part.leads,
        );
      } catch (error) {
        if (!(error instanceof CorpusError)) throw error;
        faults.push(error.message);
      }
    }
    if (faults.length === 0) totals.addTallies(tallies);
  });
  if (faults.length > 0) {
    throw new CorpusError('parts-unfit', 'the parts do not make a whole scan', { details: faults });
  }
  return totals;
}

/** Parts of one stretch in the first round, at most: what is kept of them waits for its turn in memory. */
const MOST_PARTS = 256;
/** Documents of a stretch in the second round, at least. It decides how rows are grouped in the table, so no number of threads does. */
const STRETCH_DOCUMENTS = 200_000;

function stretches<T>(items: readonly T[], length: number): T[][] {
  const step = Math.min(MOST_PARTS, Math.max(1, length));
  return Array.from({ length: Math.ceil(items.length / step) }, (_, i) =>
    items.slice(i * step, (i + 1) * step),
  );
}

// Second round.
async function writeDocuments(
  { files }: PartSurvey,
  totals: CorpusTotals,
  {
    scan,
    shards,
    threads,
    places,
    details,
  }: RoundOptions & { readonly places: FilePlaces; readonly details: ReadonlyMap<string, Detail> },
  directory: string,
  { documents: table = 'all', documentsPerFile }: MergeOptions,
): Promise<void> {
  const named = new Map<number, NamedDocument[]>();
  for (const { shard, document, listed } of details.values()) {
    const { regions, account = null } = listed;
    const one = { document, regions: regions === undefined ? null : JSON.stringify(regions), account };
    named.set(shard, [...(named.get(shard) ?? []), one]);
  }
  const tasks: SecondPart[][] = [];
  let counted = STRETCH_DOCUMENTS;
  for (let shard = 0; shard < shards; shard++) {
    const at = files.get(shard);
    const documents = totals.shards[shard]?.documents ?? 0;
    if (at === undefined) continue;
    if (counted >= STRETCH_DOCUMENTS || (tasks.at(-1)?.length ?? 0) >= MOST_PARTS) {
      tasks.push([]);
      counted = 0;
    }
    counted += documents;
    tasks.at(-1)?.push({ at, documents, places: places.ofShard(shard), named: named.get(shard) ?? [] });
  }
  const findings: FirstFindings = {
    qValues: totals.verdicts.qValues.toBins(),
    contents: totals.tallies.duplicates.carryContents(),
    sampled: totals.sample.documents().map(({ hash }) => formatHash(hash)),
    table,
  };
  const into = table === 'none' ? undefined : new DocumentFiles(directory, documentsPerFile);
  try {
    await runSecondRound(
      { scan, findings },
      tasks.map((parts) => ({ parts })),
      threads,
      async (result) => {
        for (const shard of result.shards) {
          totals.addSecond(shard);
          for (const { document, id, answer } of shard.named) {
            const detail = details.get(`${shard.shard} ${document}`);
            if (detail === undefined) continue;
            detail.listed.id = id;
            if (answer !== null) detail.listed.answer = answer;
          }
        }
        for (const group of result.groups) await into?.addGroup(group);
        await into?.addRows(result.rows);
      },
    );
    if (into === undefined) await removeDocuments(directory);
    else await into.finish();
  } catch (error) {
    await into?.abandon();
    throw error;
  }
}

// Of the documents that are kept for measures of diversity: a random sample of the different contents.
async function languagesOf(totals: CorpusTotals): Promise<ScanSummary['languages']> {
  const texts = totals.sample.documents().map(({ text }) => text);
  if (texts.length === 0) return { ...NO_LANGUAGES, detected: {} };
  const identify = await loadLanguageIdentifier();
  const { languages: detected } = countLanguages(totals.detectedTexts(), identify);
  return { ...countLanguages(texts, identify), detected };
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

/** A document of the list, with where its part is. */
interface Detail {
  readonly shard: number;
  readonly document: number;
  readonly listed: { -readonly [K in keyof ListedDocument]: ListedDocument[K] };
}

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
    const detail: Detail['listed'] = {
      id: '',
      ...places.of(shard, row),
      tokens: row.tokens,
      scored: row.scored,
      keyId: key.keyId,
      log10PValue: row.log10PValue,
      log10QValue: totals.verdicts.log10QValue(row) ?? 0,
      log10EValue: row.log10EValue,
    };
    if (rank < LISTED) {
      const { regions } = reportCorpusDocument(key, lead.tokenIds, level, keys.length);
      detail.regions = regions.map(({ tokens, log10PValue }) => ({ ...tokens, log10PValue }));
    }
    const account = traces.map(({ accountOf }) => accountOf.get(document)).find((name) => name !== undefined);
    if (account !== undefined) detail.account = account;
    details.set(`${shard} ${lead.document}`, { shard, document: lead.document, listed: detail });
  }
  return details;
}

function drawHeatMaps(
  { keys, tokenizers }: ScanTools,
  strong: readonly StrongDocument[],
  details: ReadonlyMap<string, Detail>,
): ScanHeatMap[] {
  return strong.flatMap(({ shard, lead, row }) => {
    const document = details.get(`${shard} ${lead.document}`)?.listed;
    const key = keys[row.key];
    if (document === undefined || key === undefined) return [];
    const tokenizer: Tokenizer | undefined = tokenizers.find(
      ({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint,
    );
    const { trace } = reportCorpusDocument(key, lead.tokenIds, 0.5, keys.length, tokenizer);
    return [{ document, trace }];
  });
}
