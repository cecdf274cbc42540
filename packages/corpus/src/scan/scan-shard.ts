import { DocumentScorer, MeanEValue, type ScoredCorpusDocument } from '@countermark/detector/corpus';
import { contentHash, createIdentityCounter, DocumentSample, IdentityTally } from '@countermark/hints';
import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Coverage } from '../documents/coverage.ts';
import type { CorpusDocument, RecordFailure } from '../documents/document.ts';
import { pathsOf } from '../documents/layout.ts';
import { unscorable } from '../documents/unscorable.ts';
import { CorpusError } from '../errors.ts';
import { decoyKeys } from '../manifest/decoy-keys.ts';
import { checkUnchanged } from '../manifest/file-state.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';
import { DocumentColumns } from '../parts/document-columns.ts';
import { FailureList } from '../parts/failure-list.ts';
import type { Part } from '../parts/part.ts';
import { StrongestList } from '../parts/strongest-list.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { readShard } from '../readers/read-shard.ts';

/** What scanning needs beside the manifest. */
export interface ScanTools {
  /** The manifest's keys, in its order. */
  readonly keys: readonly WatermarkKey[];
  /** Tokenizers of the keys, for texts; of token ids, for showing them. Not closed. */
  readonly tokenizers: readonly Tokenizer[];
}

/** What a scan tells while it runs. */
export interface ScanProgress {
  /** A document is about to be looked at, or none (undefined). */
  at(record: number | undefined): void;
  /** A document was scored. */
  scored(tokens: number, log10PValue: number): void;
  /** Bytes of the file were read. */
  read(bytes: number): void;
}

/** How a shard is scanned. */
export interface ScanShardOptions {
  /** Records that are left out, with why: they stopped an earlier attempt. */
  readonly refused?: readonly RecordFailure[];
  /** Whether the first record that cannot be read ends the scan. */
  readonly strict?: boolean;
  readonly progress?: ScanProgress;
  readonly signal?: AbortSignal;
}

const NO_PROGRESS: ScanProgress = { at: () => undefined, scored: () => undefined, read: () => undefined };

/**
 * Scans one shard of a manifest. The same shard gives the same part, wherever and whenever it is scanned.
 *
 * @throws {CorpusError} if the file has changed, or cannot be read to its end; in a strict scan, if a record cannot be read.
 * @throws {DetectorError} `tokenizer-mismatch`.
 */
export async function scanShard(
  manifest: Manifest,
  shard: number,
  tools: ScanTools,
  options: ScanShardOptions = {},
): Promise<Part> {
  const { settings } = manifest;
  const planned = manifest.shards[shard];
  const file = manifest.files[planned?.file ?? -1];
  if (planned === undefined || file === undefined) {
    throw new RangeError(`"shard" expected one of the manifest's ${manifest.shards.length}, got ${shard}`);
  }
  const { progress = NO_PROGRESS, refused = [], strict = false, signal } = options;
  const begun = await checkUnchanged(file, signal);
  const scan = new ShardScan(manifest, shard, tools);
  let batches: ReturnType<typeof readShard> | undefined;
  try {
    const refusedAt = new Map(refused.map((failure) => [failure.record, failure]));
    const failures = new FailureList();
    const fail = (failure: RecordFailure): void => {
      if (strict)
        throw new CorpusError(
          'damaged',
          `${shownLocation(file.location)}: ${placeInWords(failure)}: ${failure.message}`,
        );
      failures.add(failure);
    };
    for (const failure of refused) fail(failure);
    const coverage = new Coverage(pathsOf(file.reading.layout));
    // Of several documents of a record that cannot be scored, one is listed.
    let unscored = -1;
    const source = {
      location: file.location,
      reading: file.reading,
      ...(planned.range === undefined ? {} : { range: planned.range }),
    };
    batches = readShard(source, {
      maxRecordBytes: settings.maxRecordBytes,
      skip: new Set(refusedAt.keys()),
      coverage,
      onBytes: (bytes) => progress.read(bytes),
      ...(signal === undefined ? {} : { signal }),
    });
    for (;;) {
      const next = await batches.next();
      if (next.done) {
        await checkUnchanged(file, signal, begun);
        return scan.finish(next.value, failures, coverage);
      }
      for (const { document, failure } of next.value) {
        if (failure !== undefined) {
          fail(failure);
          continue;
        }
        progress.at(document.record);
        try {
          const { tokens, log10PValue } = scan.add(document);
          progress.scored(tokens, log10PValue);
        } catch (error) {
          const { segments: _, id: __, answer: ___, ...place } = document;
          const reason = unscorable(error);
          if (place.record !== unscored) fail({ ...place, ...reason });
          unscored = place.record;
        }
      }
      progress.at(undefined);
    }
  } finally {
    scan.close();
    // Lets go of the file, where a record ended the scan.
    await batches?.return({ records: 0, bytes: 0 });
  }
}

/** Says where a failure is, for people. */
function placeInWords({ record, line, byteOffset }: RecordFailure): string {
  const where = line === undefined ? `record ${record + 1}` : `line ${line + 1} of the shard`;
  return byteOffset === undefined ? where : `${where}, byte ${byteOffset}`;
}

/** A shard's scan while it runs. */
class ShardScan {
  readonly #manifest: Manifest;
  readonly #shard: number;
  readonly #location: string;
  readonly #scorer: DocumentScorer;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #documents = new DocumentColumns();
  readonly #ids: (string | null)[] = [];
  readonly #answers: (string | null)[] = [];
  readonly #means: MeanEValue[];
  readonly #leads = new StrongestList();
  readonly #counter = createIdentityCounter();
  readonly #claims = new Map<number, readonly string[]>();
  readonly #identity = new IdentityTally();
  readonly #sample: DocumentSample;
  #hasIds = false;
  #hasAnswers = false;
  #tokens = 0;

  constructor(manifest: Manifest, shard: number, tools: ScanTools) {
    const { settings, files, shards } = manifest;
    const { keys, tokenizers } = tools;
    this.#manifest = manifest;
    this.#shard = shard;
    this.#location = shownLocation(files[shards[shard]?.file ?? -1]?.location ?? '');
    this.#means = keys.map(() => new MeanEValue());
    const fingerprint = keys[0]?.params.tokenizer.fingerprint;
    this.#tokenizer = tokenizers.find((tokenizer) => tokenizer.fingerprint === fingerprint);
    this.#sample = new DocumentSample({ share: settings.documentShare });
    this.#scorer = new DocumentScorer(keys, {
      tokenizers,
      normalization: settings.normalization,
      minTokens: settings.minTokens,
      ...(settings.windowTokens === undefined ? {} : { windowTokens: settings.windowTokens }),
      decoys: settings.seed === undefined ? [] : decoyKeys(keys, settings.decoys, settings.seed),
      sample: { size: settings.sampleSize, level: settings.sampleLevel },
    });
  }

  add(document: CorpusDocument): ScoredCorpusDocument {
    const { segments, id, answer, record, line, byteOffset } = document;
    const scored = this.#scorer.score(segments);
    const hash = contentHash(segments);
    const [nearLow0, nearHigh0, nearLow1, nearHigh1] = scored.signature;
    const number = this.#documents.length;
    this.#documents.push({
      record,
      line: line ?? Number.NaN,
      byteOffset: byteOffset ?? Number.NaN,
      tokens: scored.tokens,
      scored: scored.scored,
      key: scored.key,
      log10PValue: scored.log10PValue,
      log10EValue: scored.log10EValue,
      hashLow: hash.low,
      hashHigh: hash.high,
      nearLow0,
      nearHigh0,
      nearLow1,
      nearHigh1,
    });
    this.#ids.push(id ?? null);
    this.#hasIds ||= id !== undefined;
    this.#answers.push(answer ?? null);
    this.#hasAnswers ||= answer !== undefined;
    this.#tokens += scored.tokens;
    for (const [i, value] of scored.log10EValues.entries())
      if (value !== undefined) this.#means[i]?.add(value);
    if (scored.scored >= this.#manifest.settings.minTokens) {
      this.#leads.offer(number, scored.log10PValue, scored.tokenIds);
    }
    this.#addHints(document, hash, number);
    return scored;
  }

  finish(
    read: { records: number; lines?: number; bytes: number },
    failures: FailureList,
    coverage: Coverage,
  ): Part {
    return {
      manifest: manifestDigest(this.#manifest),
      shard: this.#shard,
      records: read.records,
      lines: read.lines,
      bytes: read.bytes,
      tokens: this.#tokens,
      failed: { records: failures.records, byCode: failures.byCode() },
      failures: failures.listed(),
      documents: this.#documents,
      ids: this.#hasIds ? this.#ids : undefined,
      answers: this.#hasAnswers ? this.#answers : undefined,
      coverage: coverage.counts(),
      eValues: this.#means.map((mean) => {
        const sum = mean.log10Sum();
        return { count: mean.count, log10Sum: sum === -Infinity ? null : sum };
      }),
      samples: [...this.#scorer.samples(), ...this.#scorer.decoySamples()],
      leads: this.#leads.list(),
      identity: this.#identity,
      sample: this.#sample,
      claims: this.#claims,
    };
  }

  close(): void {
    this.#scorer.close();
  }

  // Identity is read in texts only: decoding every token would cost more than the scan.
  #addHints({ segments, record }: CorpusDocument, hash: { low: number; high: number }, number: number): void {
    const isText = segments.every((segment) => typeof segment === 'string');
    if (isText) {
      const texts = segments as readonly string[];
      const statements = texts.map((text) => this.#counter.read(text));
      this.#identity.add(hash, { file: this.#location, record }, texts, statements);
      const claimed = new Set(statements.flatMap(({ claims }) => claims.map(({ assistant }) => assistant)));
      if (claimed.size > 0) this.#claims.set(number, [...claimed].sort());
    }
    const wanted = this.#sample.wants(hash);
    if (!wanted) return;
    const texts = isText ? (segments as readonly string[]) : this.#decode(segments as readonly Uint32Array[]);
    if (texts === undefined) return;
    this.#sample.add(hash, texts);
  }

  #decode(segments: readonly Uint32Array[]): readonly string[] | undefined {
    const tokenizer = this.#tokenizer;
    try {
      return tokenizer && segments.map((segment) => tokenizer.decode(segment.subarray(0, 2000)));
    } catch (error) {
      // An id below the vocabulary's size may stand for no token. It can be scored, and there is no text to look at.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}
