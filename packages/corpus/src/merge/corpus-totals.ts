import {
  CorpusSample,
  MeanEValue,
  type SampleTest,
  SHARE_LEVEL,
  ShareTally,
  ThresholdSample,
} from '@countermark/detector/corpus';
import { DocumentSample, formatHash, IdentityTally } from '@countermark/hints';
import type { WatermarkKey } from '@countermark/watermark';
import { Coverage, type CoverageCounts } from '../documents/coverage.ts';
import type { RecordFailure } from '../documents/document.ts';
import { decoyKeys } from '../manifest/decoy-keys.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { DocumentColumns, type DocumentRow } from '../parts/document-columns.ts';
import { LISTED_FAILURES, type PartFacts } from '../parts/part.ts';
import { type CarriedTallies, DocumentTallies } from './document-tallies.ts';
import { GroupTotals } from './group-totals.ts';
import { type EvidencePoint, RunningEvidence } from './running-evidence.ts';
import type { SecondShard } from './second-round.ts';
import { type Counts, ShardFiles } from './shard-files.ts';
import { Strongest } from './strongest.ts';
import { Verdicts } from './verdicts.ts';

/** Detected documents whose tokens are kept, to be traced and shown. */
const STRONGEST = 1000;
/** Groups of copies that are listed. */
const LARGEST = 10;
/** Probability that any unmarked document counts as certainly marked. */
const CERTAIN_LEVEL = 1e-3;
/** Points of a curve, at most. */
const CURVE_POINTS = 500;

/** What is kept of a shard. */
export interface ShardTotals extends Counts {
  readonly lines: number;
  /** Of a shard of several files. */
  readonly files: ShardFiles | undefined;
}

/** A key's evidence. */
export interface KeyTotals {
  readonly sample: CorpusSample;
  readonly documents: MeanEValue;
  readonly running: RunningEvidence;
  readonly curve: EvidencePoint[];
}

/** A content that many documents have. */
export interface Copies {
  readonly copies: number;
  readonly shard: number;
  readonly row: DocumentRow;
}

/** Adds up the parts of a scan, in order, in two rounds: what needs to know all documents is counted in the second. */
export class CorpusTotals {
  readonly keys: readonly KeyTotals[];
  readonly decoys: readonly CorpusSample[];
  readonly shards: ShardTotals[] = [];
  readonly failures: { shard: number; failure: RecordFailure }[] = [];
  readonly failuresByCode: Map<string, number> = new Map();
  readonly tallies: DocumentTallies;
  readonly groups: GroupTotals;
  readonly languages: GroupTotals;
  readonly verdicts: Verdicts;
  readonly strongest: Strongest = new Strongest(STRONGEST);
  readonly identity: IdentityTally = new IdentityTally();
  readonly sample: DocumentSample;
  readonly share: ShareTally = new ShareTally();
  /** Different contents, as far as they were looked at: those that are detected, and those whose p-value holds for all documents at once. */
  readonly contents: { detected: number; certain: number } = { detected: 0, certain: 0 };
  /** Of each file of the manifest that has parts; undefined where a part does not say. */
  readonly coverage: Map<number, Coverage | undefined> = new Map();
  readonly #manifest: Manifest;
  readonly #detectedByKey: number[];
  readonly #seen = new ThresholdSample();
  readonly #last: number;
  readonly #step: number;
  #largest: Copies[] = [];
  /** Hashes of documents of the sample that are detected. */
  readonly #detectedSampled = new Set<string>();
  #tokens = 0;

  /** @param shards how many are added. */
  constructor(manifest: Manifest, keys: readonly WatermarkKey[], shards: number) {
    const { settings } = manifest;
    this.#manifest = manifest;
    this.tallies = new DocumentTallies(settings.minTokens);
    this.groups = new GroupTotals(keys.length);
    this.languages = new GroupTotals(keys.length);
    this.verdicts = new Verdicts(this.tallies.qValues, settings);
    const options = { size: settings.sampleSize, level: settings.sampleLevel };
    this.keys = keys.map((key) => ({
      sample: new CorpusSample(key, options),
      documents: new MeanEValue(),
      running: new RunningEvidence(manifest.shards.length),
      curve: [],
    }));
    const decoys = settings.seed === undefined ? [] : decoyKeys(keys, settings.decoys, settings.seed);
    this.decoys = decoys.map((key) => new CorpusSample(key, options));
    this.sample = new DocumentSample({ share: settings.documentShare });
    this.#detectedByKey = keys.map(() => 0);
    this.#last = shards - 1;
    this.#step = Math.ceil(shards / CURVE_POINTS);
  }

  /**
   * First round, in the order of the shards; documents are in {@link tallies}, in any order.
   *
   * @param leads rows of the documents whose tokens are kept.
   */
  add(part: PartFacts, leads: readonly DocumentRow[]): void {
    this.#tokens += part.tokens;
    this.shards.push({
      records: part.records,
      lines: part.lines ?? 0,
      bytes: part.bytes,
      tokens: part.tokens,
      documents: part.documents,
      failed: part.failed.records,
      detected: 0,
      files: part.files === undefined ? undefined : new ShardFiles(part.files),
    });
    this.groups.add(part.shard, part.groups);
    this.languages.add(part.shard, part.languages);
    this.#addCoverage(part);
    for (const failure of part.failures) {
      if (this.failures.length < LISTED_FAILURES) this.failures.push({ shard: part.shard, failure });
    }
    for (const [code, records] of Object.entries(part.failed.byCode)) {
      this.failuresByCode.set(code, (this.failuresByCode.get(code) ?? 0) + records);
    }
    this.strongest.add(
      part.leads.flatMap((lead, i) => {
        const row = leads[i];
        return row === undefined ? [] : [{ shard: part.shard, lead, row }];
      }),
    );
    for (const [i, key] of this.keys.entries()) this.#addKey(key, part, i);
    for (const [i, decoy] of this.decoys.entries()) {
      const sample = part.samples[this.keys.length + i];
      if (sample !== undefined) decoy.merge(sample);
    }
    this.identity.merge(part.identity);
    this.sample.merge(part.sample);
  }

  /** Adds what was counted of the documents of some shards, in any order. */
  addTallies(tallies: DocumentTallies | CarriedTallies): void {
    const live =
      tallies instanceof DocumentTallies
        ? tallies
        : new DocumentTallies(this.#manifest.settings.minTokens, tallies);
    this.tallies.merge(live);
  }

  /** Second round, in the order of the shards. */
  addSecond({ shard, detectedByFile, detectedByKey, contents, sampled, ...grouped }: SecondShard): void {
    this.groups.addDetected(shard, grouped.detectedByGroup);
    this.languages.addDetected(shard, grouped.detectedByLanguage);
    const totals = this.shards[shard];
    for (const [i, detected] of detectedByFile.entries()) {
      if (totals === undefined) continue;
      totals.detected += detected;
      const file = totals.files?.counts[i];
      if (file !== undefined) file.detected += detected;
    }
    for (const [i, detected] of detectedByKey.entries())
      this.#detectedByKey[i] = (this.#detectedByKey[i] ?? 0) + detected;
    for (const hash of sampled) this.#detectedSampled.add(hash);
    const rows = DocumentColumns.fromBytes(contents);
    for (let i = 0; i < (rows?.length ?? 0); i++)
      if (rows !== undefined) this.#addContent(shard, rows.row(i));
  }

  /** Tokens of all documents. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Documents with enough scored tokens. */
  conclusive(): number {
    return this.verdicts.qValues.tests;
  }

  /** Documents that are detected. */
  detected(): number {
    return this.verdicts.detected();
  }

  /** Documents that are detected under one key, by its number; known after the second round. */
  detectedUnder(key: number): number {
    return this.#detectedByKey[key] ?? 0;
  }

  /** The texts of the sample's documents that are detected; known after the second round. */
  detectedTexts(): string[] {
    return this.sample
      .documents()
      .filter(({ hash }) => this.#detectedSampled.has(formatHash(hash)))
      .map(({ text }) => text);
  }

  /** The contents with most copies. */
  largest(): readonly Copies[] {
    return this.#largest;
  }

  /** The pooled test of each decoy of a key, by its number. */
  decoyTests(key: number): SampleTest[] {
    const count = this.#manifest.settings.decoys;
    return this.decoys.slice(key * count, (key + 1) * count).map((decoy) => decoy.test());
  }

  #addContent(shard: number, row: DocumentRow): void {
    const copies = this.tallies.duplicates.copiesOf(row);
    if (copies === undefined || !this.#seen.add(row.hashLow, row.hashHigh, 0)) return;
    if (this.verdicts.isConclusive(row)) {
      this.share.add(row.scored, row.log10PValue <= Math.log10(SHARE_LEVEL));
      if (this.verdicts.isDetected(row)) this.contents.detected++;
      if (row.log10PValue + Math.log10(this.conclusive()) <= Math.log10(CERTAIN_LEVEL))
        this.contents.certain++;
    }
    if (copies > 1) this.#addCopies({ copies, shard, row });
  }

  #addCoverage({ shard, coverage, files }: PartFacts): void {
    const first = this.#manifest.shards[shard]?.file ?? -1;
    if (files === undefined) this.#addCoverageOf(first, coverage);
    else for (const [i, one] of files.entries()) this.#addCoverageOf(first + i, one.coverage);
  }

  #addCoverageOf(file: number, coverage: CoverageCounts | undefined): void {
    const before = this.coverage.has(file) ? this.coverage.get(file) : new Coverage();
    if (coverage !== undefined) before?.merge(coverage);
    this.coverage.set(file, coverage === undefined ? undefined : before);
  }

  #addKey({ sample, documents, running, curve }: KeyTotals, part: PartFacts, key: number): void {
    const shardSample = part.samples[key];
    const { count = 0, log10Sum = null } = part.eValues[key] ?? {};
    const ofShard = MeanEValue.of(count, log10Sum ?? -Infinity);
    if (shardSample !== undefined) sample.merge(shardSample);
    documents.merge(ofShard);
    running.add(ofShard);
    if (part.shard % this.#step === 0 || part.shard === this.#last) {
      curve.push({ tokens: this.#tokens, log10EValue: running.log10EValue(sample) });
    }
  }

  // The most copies first, ties by their order.
  #addCopies(copies: Copies): void {
    const last = this.#largest[LARGEST - 1];
    if (last !== undefined && copies.copies <= last.copies) return;
    this.#largest = [...this.#largest, copies].sort((a, b) => b.copies - a.copies).slice(0, LARGEST);
  }
}
