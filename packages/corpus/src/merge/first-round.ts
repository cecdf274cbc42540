import { CorpusError } from '../errors.ts';
import type { ScanSettings } from '../manifest/manifest.ts';
import type { DocumentRow } from '../parts/document-columns.ts';
import type { PackedFacts } from '../parts/parse-part.ts';
import type { PartDocuments } from '../parts/part.ts';
import { openPartAt, type PartLocation } from '../parts/part-store.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';
import { beginAhead } from '../readers/begin-ahead.ts';
import { type CarriedTallies, DocumentTallies } from './document-tallies.ts';

/** What all parts of a scan have in common: data that threads can hand each other. Stays inside the process. */
export interface PartsOfScan {
  /** Digest of the manifest. */
  readonly manifest: string;
  readonly settings: ScanSettings;
  readonly keyIds: readonly string[];
  /** How stores are reached. */
  readonly s3: S3Access | undefined;
}

/** Parts that follow each other. */
export interface FirstTask {
  /** Each with the number of its shard's files, if those are several. */
  readonly parts: readonly { readonly at: PartLocation; readonly files: number | undefined }[];
}

/** What is known of a part after the first round. */
type FirstPart =
  | { readonly shard: number; readonly fault: string }
  | {
      readonly shard: number;
      readonly fault?: undefined;
      readonly facts: PackedFacts;
      /** Rows of the documents whose tokens are kept, in the order of the facts. */
      readonly leads: readonly DocumentRow[];
    };

/** What the first round makes of a stretch of parts. */
export interface FirstResult<Tallies = DocumentTallies | CarriedTallies> {
  readonly parts: readonly FirstPart[];
  readonly tallies: Tallies;
}

/** Parts that are read before their turn: stores are waited for, and not this machine. */
const AHEAD = 4;

/**
 * Counts the documents of some parts, and checks that each is a part of the scan. Nothing is said of a document yet.
 *
 * @throws {CorpusError} `unreadable` if a store does not answer; what is wrong with a part is in the result.
 */
export async function firstRound(
  { parts }: FirstTask,
  scan: PartsOfScan,
): Promise<FirstResult<DocumentTallies>> {
  const tallies = new DocumentTallies(scan.settings.minTokens);
  const nextPart = beginAhead(parts, AHEAD, async ({ at, files }): Promise<Opened> => {
    try {
      const opened = await openPartAt(at, scan.manifest, scan.s3);
      const unfit = whyUnfit(opened.facts, files, scan);
      return unfit === undefined ? opened : { fault: `${at.path}: ${unfit}` };
    } catch (error) {
      // That a store does not answer says nothing of the part.
      if (!(error instanceof CorpusError) || error.code === 'unreadable') throw error;
      return { fault: error.message };
    }
  });
  const found: FirstPart[] = [];
  for (const { at } of parts) {
    const part = await nextPart();
    const { shard } = at;
    if ('fault' in part) {
      found.push({ shard, fault: part.fault });
      continue;
    }
    const { documents } = part.documents;
    for (let i = 0; i < documents.length; i++) tallies.add(documents.row(i));
    const leads = part.facts.header.leads.flatMap(({ document }) =>
      document < documents.length ? [documents.row(document)] : [],
    );
    found.push({ shard, facts: part.facts, leads });
  }
  return { parts: found, tallies };
}

type Opened = { readonly documents: PartDocuments; readonly facts: PackedFacts } | { readonly fault: string };

// A part says itself which scan it is of, which a forged one may too.
function whyUnfit(
  { header: { eValues, samples, documents, files } }: PackedFacts,
  expected: number | undefined,
  { keyIds, settings }: PartsOfScan,
): string | undefined {
  if (files?.length !== expected) return 'is of another number of files';
  const lanes = keyIds.length * (1 + (settings.seed === undefined ? 0 : settings.decoys));
  if (eValues.length !== keyIds.length || samples.length !== lanes) return 'is of another number of keys';
  if (samples.some(({ level }) => level < settings.sampleLevel)) return 'has samples of another size';
  if (eValues.some(({ count }) => count > documents)) return 'has more e-values than documents';
  return undefined;
}
