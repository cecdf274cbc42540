import { type QValueBins, QValueTable, ThresholdSample } from '@countermark/detector/corpus';
import { formatHash } from '@countermark/hints';
import { CorpusError } from '../errors.ts';
import { DocumentColumns, type DocumentRow } from '../parts/document-columns.ts';
import type { PartDocuments } from '../parts/part.ts';
import { openPartAt, type PartLocation } from '../parts/part-store.ts';
import { beginAhead } from '../readers/begin-ahead.ts';
import { type EncodedGroup, encodeGroup, GROUP_ROWS, type ResultRow } from './document-table.ts';
import { type CarriedDuplicates, DuplicateTally } from './duplicates.ts';
import { placeOf, type ShardPlaces } from './file-places.ts';
import type { PartsOfScan } from './first-round.ts';
import { fileOfRecord } from './shard-files.ts';
import { Verdicts } from './verdicts.ts';

/** Which documents the table has; every figure of a result is of all. */
export type TableDocuments = 'all' | 'detected' | 'none';

/** What the first round found that every document is compared with: data that threads can hand each other. */
export interface FirstFindings {
  readonly qValues: QValueBins;
  /** Copies of contents. */
  readonly contents: CarriedDuplicates;
  /** Contents of which it is asked whether they are detected. */
  readonly sampled: readonly string[];
  readonly table: TableDocuments;
}

/** A document of which more is said in the table than its row in the part does. */
export interface NamedDocument {
  /** Its number in the part. */
  readonly document: number;
  /** As JSON. */
  readonly regions: string | null;
  readonly account: string | null;
}

/** A part to be read again. */
export interface SecondPart {
  readonly at: PartLocation;
  /** How many it had in the first round. */
  readonly documents: number;
  readonly places: ShardPlaces;
  readonly named: readonly NamedDocument[];
}

/** Parts that follow each other. */
export interface SecondTask {
  readonly parts: readonly SecondPart[];
}

/** What is known of a part's documents after the second round. */
export interface SecondShard {
  readonly shard: number;
  /** Detected documents of each of its files, and under each key. */
  readonly detectedByFile: readonly number[];
  readonly detectedByKey: readonly number[];
  /** Likewise of each of its groups. */
  readonly detectedByGroup: readonly number[];
  readonly detectedByLanguage: readonly number[];
  /** Of each content that is looked at, the first document in the part: `DocumentColumns` as bytes. */
  readonly contents: Uint8Array;
  /** Of the contents that were asked for, those that are detected. */
  readonly sampled: readonly string[];
  /** Ids and answers of the documents that were named. */
  readonly named: readonly {
    readonly document: number;
    readonly id: string;
    readonly answer: string | null;
  }[];
}

/** What the second round makes of a stretch of parts. */
export interface SecondResult {
  readonly shards: readonly SecondShard[];
  /** Rows of the table: as groups where it has all documents, and one by one where it has few. */
  readonly groups: readonly EncodedGroup[];
  readonly rows: readonly ResultRow[];
}

const AHEAD = 4;

/** The second round of a merge: what is said of each document, now that all are known. */
export class SecondRound {
  readonly #scan: PartsOfScan;
  readonly #verdicts: Verdicts;
  readonly #duplicates: DuplicateTally;
  readonly #sampled: ReadonlySet<string>;
  readonly #table: TableDocuments;

  constructor(scan: PartsOfScan, { qValues, contents, sampled, table }: FirstFindings) {
    this.#scan = scan;
    this.#verdicts = new Verdicts(QValueTable.fromBins(qValues), scan.settings);
    this.#duplicates = new DuplicateTally(contents);
    this.#sampled = new Set(sampled);
    this.#table = table;
  }

  /**
   * Goes through the documents of some parts.
   *
   * @throws {CorpusError} `parts-unfit` or `part-damaged` if a part is not what it was; `unreadable` if a store does not answer.
   */
  async run({ parts }: SecondTask): Promise<SecondResult> {
    const { manifest, s3 } = this.#scan;
    const nextPart = beginAhead(parts, AHEAD, ({ at }) => openPartAt(at, manifest, s3));
    const shards: SecondShard[] = [];
    const groups: EncodedGroup[] = [];
    let rows: ResultRow[] = [];
    for (const part of parts) {
      const { documents } = await nextPart();
      if (documents.documents.length !== part.documents)
        throw new CorpusError('parts-unfit', `${part.at.path}: is another than it was just now`);
      shards.push(this.#count(part, documents));
      if (this.#table === 'none') continue;
      for (const row of this.#rowsOf(part, documents)) {
        rows.push(row);
        if (this.#table !== 'all' || rows.length < GROUP_ROWS) continue;
        groups.push(await encodeGroup(rows));
        rows = [];
      }
    }
    if (this.#table !== 'all' || rows.length === 0) return { shards, groups, rows };
    return { shards, groups: [...groups, await encodeGroup(rows)], rows: [] };
  }

  #count({ at, places, named }: SecondPart, part: PartDocuments): SecondShard {
    const { documents, groups, languages } = part;
    const detectedByGroup = groups?.groups.map(() => 0) ?? [];
    const detectedByLanguage = languages?.groups.map(() => 0) ?? [];
    const detectedByFile = places.names.map(() => 0);
    const detectedByKey = this.#scan.keyIds.map(() => 0);
    const sampled = new Set<string>();
    const contents = new DocumentColumns();
    const seen = new ThresholdSample({ level: this.#duplicates.level });
    for (let i = 0; i < documents.length; i++) {
      const row = documents.row(i);
      if (this.#verdicts.isDetected(row)) {
        add(detectedByFile, fileOfRecord(places.starts, row.record));
        add(detectedByKey, row.key);
        const group = groups?.of[i] ?? -1;
        if (group >= 0) add(detectedByGroup, group);
        const language = languages?.of[i] ?? -1;
        if (language >= 0) add(detectedByLanguage, language);
        const hash = this.#sampled.size === 0 ? '' : hashOf(row);
        if (this.#sampled.has(hash)) sampled.add(hash);
      }
      if (this.#duplicates.copiesOf(row) !== undefined && seen.add(row.hashLow, row.hashHigh, 0))
        contents.push(row);
    }
    return {
      shard: at.shard,
      detectedByFile,
      detectedByKey,
      detectedByGroup,
      detectedByLanguage,
      contents: contents.toBytes(),
      sampled: [...sampled],
      named: named.map(({ document }) => ({
        document,
        id: idOf(part, document, places),
        answer: part.answers?.[document] ?? null,
      })),
    };
  }

  *#rowsOf({ at, places, named }: SecondPart, part: PartDocuments): Generator<ResultRow> {
    const details = new Map(named.map((one) => [one.document, one]));
    const { documents, answers, claims, groups, languages } = part;
    for (let i = 0; i < documents.length; i++) {
      const row = documents.row(i);
      if (this.#table === 'detected' && !this.#verdicts.isDetected(row)) continue;
      const log10QValue = this.#verdicts.log10QValue(row);
      const place = placeOf(places, row);
      const detail = details.get(i);
      yield {
        id: idOf(part, i, places),
        shard: at.shard,
        file: place.file,
        record: place.record,
        line: place.line ?? null,
        byteOffset: place.byteOffset ?? null,
        tokens: row.tokens,
        scored: row.scored,
        keyId: this.#scan.keyIds[row.key] ?? '',
        verdict: this.#verdicts.of(row, log10QValue),
        log10PValue: row.log10PValue,
        log10QValue: log10QValue ?? null,
        log10EValue: row.log10EValue,
        contentHash: hashOf(row),
        regions: detail?.regions ?? null,
        account: detail?.account ?? null,
        answer: answers?.[i] ?? null,
        claims: claims?.get(i)?.join(',') ?? null,
        group: groups?.groups[groups.of[i] ?? -1]?.name ?? null,
        language: languages?.groups[languages.of[i] ?? -1]?.name ?? null,
      };
    }
  }
}

function idOf({ ids, documents }: PartDocuments, document: number, places: ShardPlaces): string {
  const own = ids?.[document];
  if (own != null) return own;
  const { file, record } = placeOf(places, documents.row(document));
  return `${file}#${record}`;
}

function hashOf({ hashLow, hashHigh }: DocumentRow): string {
  return formatHash({ low: hashLow, high: hashHigh });
}

function add(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
