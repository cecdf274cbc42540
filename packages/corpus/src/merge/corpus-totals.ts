import type { Verdict } from '@countermark/detector';
import {
  CorpusSample,
  decide,
  MeanEValue,
  QValueTable,
  type SampleTest,
  SHARE_LEVEL,
  ShareTally,
  ThresholdSample,
} from '@countermark/detector/corpus';
import { DocumentSample, IdentityTally } from '@countermark/hints';
import type { WatermarkKey } from '@countermark/watermark';
import { Coverage, type CoverageCounts } from '../documents/coverage.ts';
import type { RecordFailure } from '../documents/document.ts';
import { decoyKeys } from '../manifest/decoy-keys.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { DocumentRow } from '../parts/document-columns.ts';
import { LISTED_FAILURES, type Part } from '../parts/part.ts';
import { DuplicateTally } from './duplicates.ts';
import { PValueHistogram } from './histogram.ts';
import { type EvidencePoint, RunningEvidence } from './running-evidence.ts';
import { type Counts, ShardFiles } from './shard-files.ts';
import { Strongest } from './strongest.ts';

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
  readonly histogram: PValueHistogram = new PValueHistogram();
  readonly duplicates: DuplicateTally = new DuplicateTally();
  readonly strongest: Strongest = new Strongest(STRONGEST);
  readonly identity: IdentityTally = new IdentityTally();
  readonly sample: DocumentSample;
  readonly share: ShareTally = new ShareTally();
  /** Different contents, as far as they were looked at: those that are detected, and those whose p-value holds for all documents at once. */
  readonly contents: { detected: number; certain: number } = { detected: 0, certain: 0 };
  /** Of each file of the manifest that has parts; undefined where a part does not say. */
  readonly coverage: Map<number, Coverage | undefined> = new Map();
  readonly #manifest: Manifest;
  readonly #qValues = new QValueTable();
  readonly #detectedByKey: number[];
  readonly #seen = new ThresholdSample();
  readonly #last: number;
  readonly #step: number;
  #largest: Copies[] = [];
  /** By hash, whether a document of the sample is detected. */
  #sampled: Map<string, boolean> | undefined;
  #tokens = 0;

  /** @param shards how many are added. */
  constructor(manifest: Manifest, keys: readonly WatermarkKey[], shards: number) {
    const { settings } = manifest;
    this.#manifest = manifest;
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

  /** First round. */
  add(part: Part): void {
    this.#tokens += part.tokens;
    this.shards.push({
      records: part.records,
      lines: part.lines ?? 0,
      bytes: part.bytes,
      tokens: part.tokens,
      documents: part.documents.length,
      failed: part.failed.records,
      detected: 0,
      files: part.files === undefined ? undefined : new ShardFiles(part.files),
    });
    this.#addCoverage(part);
    for (const failure of part.failures) {
      if (this.failures.length < LISTED_FAILURES) this.failures.push({ shard: part.shard, failure });
    }
    for (const [code, records] of Object.entries(part.failed.byCode)) {
      this.failuresByCode.set(code, (this.failuresByCode.get(code) ?? 0) + records);
    }
    for (let i = 0; i < part.documents.length; i++) this.#addDocument(part.documents.row(i));
    this.strongest.add(
      part.leads.map((lead) => ({ shard: part.shard, lead, row: part.documents.row(lead.document) })),
    );
    for (const [i, key] of this.keys.entries()) this.#addKey(key, part, i);
    for (const [i, decoy] of this.decoys.entries()) {
      const sample = part.samples[this.keys.length + i];
      if (sample !== undefined) decoy.merge(sample);
    }
    this.identity.merge(part.identity);
    this.sample.merge(part.sample);
  }

  /** Second round: every document again, in the same order. */
  addSecond(shard: number, row: DocumentRow): void {
    const totals = this.shards[shard];
    const isDetected = this.verdictOf(row) === 'detected';
    if (totals !== undefined && isDetected) {
      totals.detected++;
      totals.files?.noteDetected(row.record);
      this.#detectedByKey[row.key] = (this.#detectedByKey[row.key] ?? 0) + 1;
      this.#markSampled(row);
    }
    const copies = this.duplicates.copiesOf(row);
    if (copies === undefined || !this.#seen.add(row.hashLow, row.hashHigh, 0)) return;
    if (this.#isConclusive(row)) {
      this.share.add(row.scored, row.log10PValue <= Math.log10(SHARE_LEVEL));
      if (isDetected) this.contents.detected++;
      if (row.log10PValue + Math.log10(this.conclusive()) <= Math.log10(CERTAIN_LEVEL))
        this.contents.certain++;
    }
    if (copies > 1) this.#addCopies({ copies, shard, row });
  }

  /** Tokens of all documents. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Documents with enough scored tokens. */
  conclusive(): number {
    return this.#qValues.tests;
  }

  /** Documents that are detected. */
  detected(): number {
    return this.#qValues.rejections(Math.log10(this.#manifest.settings.falseDiscoveryRate));
  }

  /** Documents that are detected under one key, by its number; known after the second round. */
  detectedUnder(key: number): number {
    return this.#detectedByKey[key] ?? 0;
  }

  /** log10 of a document's Benjamini–Hochberg value; undefined if it has too few scored tokens. */
  log10QValue(row: DocumentRow): number | undefined {
    return this.#isConclusive(row) ? this.#qValues.log10QValue(row.log10PValue) : undefined;
  }

  /** What is said of a document. */
  verdictOf(row: DocumentRow): Verdict {
    const { falseDiscoveryRate, minTokens } = this.#manifest.settings;
    const log10Value = this.log10QValue(row) ?? 0;
    const log10Level = Math.log10(falseDiscoveryRate);
    return decide({ log10Value, log10Level, scored: row.scored, minTokens });
  }

  /** The texts of the sample's documents that are detected; known after the second round. */
  detectedTexts(): string[] {
    return this.sample
      .documents()
      .filter(({ hash }) => this.#sampled?.get(`${hash.low} ${hash.high}`) === true)
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

  #isConclusive({ scored }: DocumentRow): boolean {
    return scored >= this.#manifest.settings.minTokens;
  }

  #markSampled({ hashLow, hashHigh }: DocumentRow): void {
    this.#sampled ??= new Map(this.sample.documents().map(({ hash }) => [`${hash.low} ${hash.high}`, false]));
    const name = `${hashLow} ${hashHigh}`;
    if (this.#sampled.has(name)) this.#sampled.set(name, true);
  }

  #addDocument(row: DocumentRow): void {
    this.duplicates.add(row);
    if (!this.#isConclusive(row)) return;
    this.#qValues.add(row.log10PValue);
    this.histogram.add(row.log10PValue);
  }

  #addCoverage({ shard, coverage, files }: Part): void {
    const first = this.#manifest.shards[shard]?.file ?? -1;
    if (files === undefined) this.#addCoverageOf(first, coverage);
    else for (const [i, one] of files.entries()) this.#addCoverageOf(first + i, one.coverage);
  }

  #addCoverageOf(file: number, coverage: CoverageCounts | undefined): void {
    const before = this.coverage.has(file) ? this.coverage.get(file) : new Coverage();
    if (coverage !== undefined) before?.merge(coverage);
    this.coverage.set(file, coverage === undefined ? undefined : before);
  }

  #addKey({ sample, documents, running, curve }: KeyTotals, part: Part, key: number): void {
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
