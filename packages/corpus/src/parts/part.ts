/** What scanning a shard yields, as data. */

import type { ThresholdSample } from '@countermark/detector/corpus';
import type { DocumentSample, IdentityTally } from '@countermark/hints';
import type { CoverageCounts } from '../documents/coverage.ts';
import type { RecordFailure, RecordFailureCode } from '../documents/document.ts';
import type { DocumentColumns } from './document-columns.ts';
import type { PartGroups } from './document-groups.ts';

/** A document whose tokens are kept: its evidence is strong. */
export interface StrongInPart {
  /** Its number among the documents of the part. */
  readonly document: number;
  readonly log10PValue: number;
  /** Its token ids, one array a segment, up to {@link STRONG_TOKENS} in all. */
  readonly tokenIds: readonly Uint32Array[];
}

/** Documents at or below this keep their tokens, as far as there is room. */
export const LOG10_STRONG_PVALUE = -4;
/** Leads of a part. */
export const LEADS = 1000;
/** Tokens that are kept of a lead: its first ones. */
export const STRONG_TOKENS = 16_384;
/** Failures that a part lists, and a result. */
export const LISTED_FAILURES = 1000;

/** Whose part it is. */
export interface PartHead {
  /** SHA-256 of the manifest. */
  readonly manifest: string;
  /** The shard's number in the manifest. */
  readonly shard: number;
}

/** What a part of several files says of each. Its documents are numbered through, in the order of the files. */
export interface PartFile {
  readonly records: number;
  readonly documents: number;
  /** Records that could not be read. */
  readonly failed: number;
  readonly tokens: number;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  readonly coverage: CoverageCounts;
}

/** What scanning a shard yields. */
export interface Part extends PartHead {
  readonly records: number;
  readonly lines: number | undefined;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  readonly tokens: number;
  readonly failed: {
    readonly records: number;
    readonly byCode: Readonly<Partial<Record<RecordFailureCode, number>>>;
  };
  /** The first {@link LISTED_FAILURES}, by record. */
  readonly failures: readonly RecordFailure[];
  readonly documents: DocumentColumns;
  /** Records' own ids, by document; absent where there are none. */
  readonly ids: readonly (string | null)[] | undefined;
  /** Which of its record's answers a document is, by document; absent where there is one a record. */
  readonly answers?: readonly (string | null)[] | undefined;
  /** Of a shard of several files, each in their order: lines and bytes of its documents and failures count in their file. */
  readonly files?: readonly PartFile[] | undefined;
  /** How much text was tested; absent in parts of releases that did not count it, and where each file says it. */
  readonly coverage?: CoverageCounts | undefined;
  /** Of each key: documents with enough scored tokens, and log10 of the sum of their e-values. */
  readonly eValues: readonly { readonly count: number; readonly log10Sum: number | null }[];
  /** Of each key, then of each decoy. */
  readonly samples: readonly ThresholdSample[];
  readonly leads: readonly StrongInPart[];
  readonly identity: IdentityTally;
  readonly sample: DocumentSample;
  /** Which assistants' a document claims to be, by its number; absent where none claims anything, and in parts of earlier releases. */
  readonly claims?: ReadonlyMap<number, readonly string[]>;
  /** Its documents by the value of a field, where that was asked for and any has one. */
  readonly groups?: PartGroups;
  /** Its documents by the language of their text; absent where there are no texts, and in parts of earlier releases. */
  readonly languages?: PartGroups;
}

/** The fields of a part that say something of each document. */
type OfDocuments = 'documents' | 'ids' | 'answers' | 'claims' | 'groups' | 'languages';

/** What a part says of each document. */
export type PartDocuments = PartHead & Pick<Part, OfDocuments>;

/** All of a part but its documents, of which it has the number. */
export type PartFacts = Omit<Part, OfDocuments> & {
  readonly documents: number;
  readonly groups?: Pick<PartGroups, 'groups'>;
  readonly languages?: Pick<PartGroups, 'groups'>;
};
