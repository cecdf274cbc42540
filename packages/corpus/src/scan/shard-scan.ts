import { DocumentScorer, MeanEValue, type ScoredCorpusDocument } from '@countermark/detector/corpus';
import {
  contentHash,
  createIdentityCounter,
  DocumentSample,
  IdentityTally,
  type LanguageIdentifier,
} from '@countermark/hints';
import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { CoverageCounts } from '../documents/coverage.ts';
import type { CorpusDocument } from '../documents/document.ts';
import { decoyKeys } from '../manifest/decoy-keys.ts';
import { type Manifest, manifestDigest } from '../manifest/manifest.ts';
import { DocumentColumns } from '../parts/document-columns.ts';
import { DocumentGroups, sumOf } from '../parts/document-groups.ts';
import { FailureList } from '../parts/failure-list.ts';
import type { Part, PartFile } from '../parts/part.ts';
import { StrongestList } from '../parts/strongest-list.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import type { ShardCount } from '../readers/read-options.ts';

/** What scanning needs beside the manifest. */
export interface ScanTools {
  /** The manifest's keys, in its order. */
  readonly keys: readonly WatermarkKey[];
  /** Tokenizers of the keys, for texts; of token ids, for showing them. Not closed. */
  readonly tokenizers: readonly Tokenizer[];
  /** Finds the language of a text, where the plan asks for it; without it nothing is said of languages. */
  readonly identifyLanguage?: LanguageIdentifier;
}

/** What is looked at of a document to find its language: the library reads no more than a thousand characters. */
const LANGUAGE_CHARACTERS = 1000;

/** A shard's part while it is made: documents are added file by file, and each file is ended. Holds derived keys until closed. */
export class ShardScan {
  readonly #manifest: Manifest;
  readonly #shard: number;
  readonly #scorer: DocumentScorer;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #documents = new DocumentColumns();
  readonly #ids: (string | null)[] = [];
  readonly #answers: (string | null)[] = [];
  readonly #means: MeanEValue[];
  readonly #groups: DocumentGroups;
  readonly #languages: DocumentGroups;
  readonly #identify: LanguageIdentifier | undefined;
  readonly #leads = new StrongestList();
  readonly #counter = createIdentityCounter();
  readonly #claims = new Map<number, readonly string[]>();
  readonly #identity = new IdentityTally();
  readonly #sample: DocumentSample;
  readonly #failures = new FailureList();
  readonly #files: PartFile[] = [];
  #lines: number | undefined;
  #hasIds = false;
  #hasAnswers = false;
  #tokens = 0;
  // Of the files that are ended.
  #records = 0;
  #tokensBefore = 0;
  #documentsBefore = 0;

  constructor(manifest: Manifest, shard: number, tools: ScanTools) {
    const { settings } = manifest;
    const { keys, tokenizers } = tools;
    this.#manifest = manifest;
    this.#shard = shard;
    this.#means = keys.map(() => new MeanEValue());
    this.#groups = new DocumentGroups(keys.length);
    this.#languages = new DocumentGroups(keys.length);
    this.#identify = settings.languages === true ? tools.identifyLanguage : undefined;
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

  /** Records of the files that are ended: the number of the next file's first record. */
  get records(): number {
    return this.#records;
  }

  /** Adds a document, with its place in its file. */
  add(document: CorpusDocument, location: string): ScoredCorpusDocument {
    const { segments, id, answer, group, record, line, byteOffset } = document;
    const scored = this.#scorer.score(segments);
    const hash = contentHash(segments);
    const [nearLow0, nearHigh0, nearLow1, nearHigh1] = scored.signature;
    const number = this.#documents.length;
    this.#documents.push({
      record: record + this.#records,
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
    this.#groups.add(group, scored.tokens, scored.log10EValues);
    this.#languages.add(this.#languageOf(segments), scored.tokens, scored.log10EValues);
    for (const [i, value] of scored.log10EValues.entries())
      if (value !== undefined) this.#means[i]?.add(value);
    if (scored.scored >= this.#manifest.settings.minTokens) {
      this.#leads.offer(number, scored.log10PValue, scored.tokenIds);
    }
    this.#addHints(document, location, hash, number);
    return scored;
  }

  /**
   * Ends a file: what is added from now on is of the next.
   *
   * @param failures with the numbers of their records in the shard.
   */
  endFile({ records, lines, bytes }: ShardCount, failures: FailureList, coverage: CoverageCounts): void {
    this.#files.push({
      records,
      documents: this.#documents.length - this.#documentsBefore,
      failed: failures.records,
      tokens: this.#tokens - this.#tokensBefore,
      bytes,
      coverage,
    });
    this.#failures.addAll(failures);
    this.#lines = lines;
    this.#records += records;
    this.#documentsBefore = this.#documents.length;
    this.#tokensBefore = this.#tokens;
  }

  /** Makes the part, once all files are ended. */
  finish(): Part {
    const files = this.#files;
    const groups = this.#groups.finish();
    const languages = this.#languages.finish();
    return {
      manifest: manifestDigest(this.#manifest),
      shard: this.#shard,
      records: this.#records,
      // Lines are added up over the shards of one file.
      lines: files.length === 1 ? this.#lines : undefined,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      tokens: this.#tokens,
      failed: { records: this.#failures.records, byCode: this.#failures.byCode() },
      failures: this.#failures.listed(),
      documents: this.#documents,
      ids: this.#hasIds ? this.#ids : undefined,
      answers: this.#hasAnswers ? this.#answers : undefined,
      ...(files.length === 1 ? { coverage: files[0]?.coverage } : { files }),
      eValues: this.#means.map(sumOf),
      samples: [...this.#scorer.samples(), ...this.#scorer.decoySamples()],
      leads: this.#leads.list(),
      identity: this.#identity,
      sample: this.#sample,
      claims: this.#claims,
      ...(groups === undefined ? {} : { groups }),
      ...(languages === undefined ? {} : { languages }),
    };
  }

  /** Overwrites the keys that it holds. */
  close(): void {
    this.#scorer.close();
  }

  // Identity is read in texts only: decoding every token would cost more than the scan.
  #addHints(
    { segments, record }: CorpusDocument,
    location: string,
    hash: { low: number; high: number },
    number: number,
  ): void {
    const isText = segments.every((segment) => typeof segment === 'string');
    if (isText) {
      const texts = segments as readonly string[];
      const statements = texts.map((text) => this.#counter.read(text));
      this.#identity.add(hash, { file: shownLocation(location), record }, texts, statements);
      const claimed = new Set(statements.flatMap(({ claims }) => claims.map(({ assistant }) => assistant)));
      if (claimed.size > 0) this.#claims.set(number, [...claimed].sort());
    }
    const wanted = this.#sample.wants(hash);
    if (!wanted) return;
    const texts = isText ? (segments as readonly string[]) : this.#decode(segments as readonly Uint32Array[]);
    if (texts === undefined) return;
    this.#sample.add(hash, texts);
  }

  // Of token ids, as of identity, nothing is said: decoding every token would cost more than the scan.
  #languageOf(segments: CorpusDocument['segments']): string | undefined {
    let start = '';
    for (const segment of segments) {
      if (typeof segment !== 'string') return undefined;
      if (start.length < LANGUAGE_CHARACTERS) start += `${segment.slice(0, LANGUAGE_CHARACTERS)}\n`;
    }
    return start === '' ? undefined : this.#identify?.(start);
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
