/** What a scan found: the content of `summary.json`. Nothing in it depends on time, machine or number of workers. */

import type { Correction, DecoyTest, Finding, Verdict } from '@countermark/detector';
import type { ShareEstimate } from '@countermark/detector/corpus';
import type {
  DiversityMeasures,
  FrequentPhrases,
  IdentityTallyJson,
  LanguageCounts,
} from '@countermark/hints';
import type { RecordFailure } from '../documents/document.ts';
import type { FileLayout } from '../documents/layout.ts';
import type { TextCoverage } from '../documents/text-coverage.ts';
import type { UnknownFiles } from '../inputs/expand-inputs.ts';
import type { UnreadInput } from '../inputs/unread-input.ts';

/** The tests of a whole corpus under one key. */
export interface KeyResult {
  readonly keyId: string;
  /** Fingerprint of the key's public parameters. */
  readonly params: string;
  readonly scheme: string;
  readonly verdict: Verdict;
  /** log10 of the p-value that the verdict is taken on: the smaller of the two tests', times `tests` of the correction over tests, then Holm-adjusted over keys. */
  readonly log10PValue: number;
  /** Test of the whole: the exact tail of the sampled unique tuples' scores. */
  readonly pooled: {
    /** Of a scan that stopped, what the running e-value gives. */
    readonly log10PValue: number;
    /** Unique tuples in the sample: the n of the test. */
    readonly scored: number;
    readonly sum: number;
    readonly zScore: number;
    /** The sample holds the tuples whose fingerprint starts with so many zero bits: a share of 2^-level of all. */
    readonly level: number;
    /** About how many unique tuples the corpus has: scored · 2^level. */
    readonly uniqueTuples: number;
    /** log10 of the running e-value after all shards; it may be looked at after each. */
    readonly log10EValue: number;
  };
  /** Test of the documents: the mean of their e-values, valid however they depend on each other. */
  readonly documents: {
    readonly log10PValue: number;
    readonly log10EValue: number;
    /** Documents with enough scored tokens under this key: those that are averaged. */
    readonly count: number;
  };
  /** The pooled statistic among those of random keys, if that was asked for. */
  readonly decoys?: DecoyTest;
}

/** A document that is listed. */
export interface ListedDocument {
  /** The record's own id, or else its place. */
  readonly id: string;
  readonly file: string;
  /** Its number in the file, from 0. */
  readonly record: number;
  /** Which of its record's answers it is, where a record has several: the path to it. */
  readonly answer?: string;
  /** Its first line in the file, from 1, where the format has lines. */
  readonly line?: number;
  readonly byteOffset?: number;
  readonly tokens: number;
  readonly scored: number;
  readonly keyId: string;
  readonly log10PValue: number;
  readonly log10QValue: number;
  readonly log10EValue: number;
  /** Parts that carry the mark, in tokens, where they were looked for. */
  readonly regions?: readonly {
    readonly start: number;
    readonly end: number;
    readonly log10PValue: number;
  }[];
  /** The account named on this document alone, if there is one. */
  readonly account?: string;
}

/** A failure with its file. Its record counts from 0 in the file, or of a sample in the shard; its line from 1 in the file. */
export interface ListedFailure extends RecordFailure {
  readonly file: string;
}

/** Documents by some value of theirs; the strongest evidence first. */
export interface GroupCounts {
  /** Documents in none: without such a value. */
  readonly left: number;
  readonly listed: readonly {
    readonly name: string;
    readonly documents: number;
    /** Documents with enough scored tokens. */
    readonly conclusive: number;
    readonly tokens: number;
    readonly detected: number;
    readonly verdict: Verdict;
    /** log10 of the p-value of the mean of its documents' e-values, corrected over keys (Bonferroni) and groups (Holm). */
    readonly log10PValue: number;
  }[];
}

/** The whole result. */
export interface ScanSummary {
  readonly object: 'corpus-scan';
  /** What every result begins with; its one input is the manifest. */
  readonly finding: Finding;
  readonly version: 1;
  readonly software: string;
  /** SHA-256 of the manifest, 64 hex digits. */
  readonly manifest: string;
  readonly verdict: Verdict;
  /** Level of the verdict on the corpus, fixed beforehand. */
  readonly alpha: number;
  /** Expected share of false ones among the documents called detected. */
  readonly falseDiscoveryRate: number;
  readonly minTokens: number;
  /** Documents of at least so many tokens were tested by their windows as well: what is detected of them is a part. Absent if none were. */
  readonly windowTokens?: number;
  readonly corrections: readonly Correction[];
  readonly keys: readonly KeyResult[];
  readonly shards: {
    /** In the corpus. */
    readonly total: number;
    /** That were to be scanned: fewer than `total` for a sample. */
    readonly planned: number;
    readonly scanned: number;
    /** Whether the scan stopped early because the evidence sufficed. */
    readonly stopped: boolean;
  };
  readonly files: readonly {
    readonly file: string;
    readonly reading: FileLayout;
    readonly bytes: number;
    readonly records: number;
    readonly documents: number;
    readonly failed: number;
    readonly tokens: number;
    readonly detected: number;
    /** How much of its text was tested; absent where parts of an earlier release do not say. */
    readonly coverage?: TextCoverage;
  }[];
  /** Documents by the value of a field, where one was named, or found by its name; `by` are the fields, each of some files. */
  readonly groups?: (GroupCounts & { readonly by: readonly string[] }) | undefined;
  /** Documents by the language of their text; absent where there are no texts, and where parts of an earlier release do not say. */
  readonly byLanguage?: GroupCounts;
  /** The same of all files; absent where one is unknown. */
  readonly coverage?: TextCoverage;
  readonly records: number;
  readonly documents: number;
  /** Documents with enough scored tokens for a verdict. */
  readonly conclusive: number;
  readonly tokens: number;
  readonly bytes: number;
  /** Documents whose q-value is at most `falseDiscoveryRate`. */
  readonly detected: number;
  /** Documents again, of which copies count once; estimated if `sampleShare`, the share of contents that were looked at, is below 1. */
  readonly contents: {
    readonly documents: number;
    readonly conclusive: number;
    readonly detected: number;
    readonly sampleShare: number;
  };
  /** Estimated share of documents that visibly carry the mark. */
  readonly share: ShareEstimate;
  /**
   * Counts of documents with enough scored tokens by p-value: in equal bins of [0, 1]; and by decade, of which number i holds
   * 10^-(i + 2) < p ≤ 10^-(i + 1), the last all below.
   */
  readonly histogram: { readonly bins: readonly number[]; readonly decades: readonly number[] };
  /** The running evidence of the key with the strongest, after each shard. */
  readonly curve: readonly { readonly tokens: number; readonly log10EValue: number }[];
  /** The strongest documents, at most 100. */
  readonly top: readonly ListedDocument[];
  readonly accounts?: {
    readonly keyId: string;
    readonly alpha: number;
    readonly accounts: number;
    readonly issued: number;
    /** Detected documents that were traced, one by one and pooled. */
    readonly documents: number;
    /** Detected documents that were not: more than are traced. */
    readonly left: number;
    readonly named: readonly {
      readonly account: string;
      /** log10 of the corrected p-value. */
      readonly log10PValue: number;
      /** On all traced documents as one, or on single ones alone. */
      readonly scope: 'pooled' | 'document';
      /** Documents that name it by themselves. */
      readonly documents: number;
    }[];
  }[];
  readonly duplicates: {
    /** Share of the different contents that were looked at: 1 unless there are more than a million. */
    readonly sampleShare: number;
    readonly distinct: number;
    /** Documents that repeat an earlier one exactly, estimated if `sampleShare` is below 1. */
    readonly exact: number;
    /** At least this share of documents with enough tokens repeats most of another one. */
    readonly nearShare: number;
    readonly largest: readonly { readonly copies: number; readonly file: string; readonly record: number }[];
  };
  /** Of a random sample of the different contents; `detected` are those of them that are, by language. */
  readonly languages: LanguageCounts & { readonly detected: Readonly<Record<string, number>> };
  readonly failures: {
    /** Records that could not be read: excluded from everything above. */
    readonly records: number;
    readonly byCode: Readonly<Record<string, number>>;
    /** The first 1,000. */
    readonly listed: readonly ListedFailure[];
  };
  /** Inputs that could not be read, and are in no figure; and whether the user said that they may be left out. */
  readonly unread: { readonly accepted: boolean; readonly inputs: readonly UnreadInput[] };
  /** Files of no known format, in no figure. */
  readonly unknown: UnknownFiles;
  /** What the user said is no part of the corpus. */
  readonly excluded?: { readonly patterns: readonly string[]; readonly files: number };
  readonly leads: {
    readonly identity: IdentityTallyJson;
    readonly diversity: DiversityMeasures;
    /** What the documents of the sample begin and end with, and say again and again. */
    readonly frequent: FrequentPhrases;
  };
}
