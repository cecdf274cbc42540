/** How the records of a corpus become documents. Found from the first records, or given; part of the manifest. */

/** File formats, without their compression. */
export const FORMATS = [
  'jsonl',
  'json',
  'txt',
  'csv',
  'tsv',
  'parquet',
  'arrow',
  'bin',
  'npy',
  'mds',
  'warc',
  'tar',
  'zip',
] as const;
/** One of {@link FORMATS}. */
export type FileFormat = (typeof FORMATS)[number];

/** Compressions of whole files. */
export const COMPRESSIONS = ['none', 'gzip', 'zstd', 'bzip2', 'xz'] as const;
/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];

/** Encodings of texts other than UTF-8, told by a byte order mark. */
export const ENCODINGS = ['utf-16le', 'utf-16be'] as const;
/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number];

/** Where in a record its document is. Paths of fields have dots: `data.text`; a plain text file has no fields. */
export type DocumentLayout =
  /** Text in one field; of a `.txt` file, the text itself (`field` is empty). */
  | { readonly kind: 'text'; readonly field: string }
  /** Texts in several fields, one after the other, each a segment: of an Alpaca record, what the user said. */
  | { readonly kind: 'texts'; readonly fields: readonly string[] }
  /** A list of turns, each with a role and a content; only turns of `roles` are read. */
  | {
      readonly kind: 'chat';
      readonly field: string;
      readonly roleField: string;
      readonly contentField: string;
      readonly roles: readonly string[];
    }
  /**
   * Answers in several places of a record, each a document of its own. In a path, `[]` stands for every element of a list, `[n]` for
   * one, `[from::step]` for every so-many-th, and `*` for every field of an object. What is there may be a text, a turn, a list of
   * turns (one document), a tree of turns, or a list of any of them.
   */
  | {
      readonly kind: 'answers';
      /** What the form is called, for people. */
      readonly form: string;
      readonly fields: readonly string[];
      readonly roles: readonly string[];
    }
  /** Token ids: a list in one field, or a raw file (`field` is empty). */
  | { readonly kind: 'ids'; readonly field: string };

/** The fields that a layout reads. */
export function pathsOf(layout: DocumentLayout): readonly string[] {
  return layout.kind === 'texts' || layout.kind === 'answers' ? layout.fields : [layout.field];
}

/** How a `.txt` file is cut into documents. */
export type TextSplit = 'file' | 'lines' | 'blank-lines';

/** How the members of an archive are read whose names have one end. */
export interface MemberReading {
  /** The end of the names, in lower case, from a dot on: `.jsonl.gz`. */
  readonly end: string;
  /** Absent where such members are of no known format, and are passed over. */
  readonly reading?: FileLayout;
}

/** How one file is read. Everything in it is fixed by the plan and written to the manifest. */
export interface FileLayout {
  readonly format: FileFormat;
  readonly compression: Compression;
  readonly layout: DocumentLayout;
  /** Path of the field with a record's own id, if there is one. */
  readonly idField?: string;
  /** Path of the field by whose values documents are counted too, if one was named, or found by its name. */
  readonly groupField?: string;
  /** Fields that hold what people asked, by the record's form: they are left out, and not missed. */
  readonly prompts?: readonly string[];
  /** For `json`: the field of the root object that holds the list of records, if the root is not that list itself. */
  readonly recordsField?: string;
  /** Of a text in another encoding than UTF-8. Places in bytes are then those of the same text in UTF-8. */
  readonly encoding?: Encoding;
  /** For `csv` and `tsv`: what stands between fields, if no comma or, of `tsv`, no tab. */
  readonly delimiter?: string;
  /** For `csv` and `tsv`: the character around fields; empty if there is none, as in `tsv` unless it is named here. */
  readonly quote?: string;
  /** For `csv` and `tsv`: the character before a quote that is part of a field, if it is not another quote. */
  readonly escape?: string;
  /** For `csv` and `tsv`: whether the first row names the columns; otherwise their names are their numbers, from 1. */
  readonly header?: boolean;
  /** For `tar` and `zip`: how members are read, by the ends of their names. */
  readonly members?: readonly MemberReading[];
  /** For `bin`: whether a Megatron index (`.idx`) beside it says where documents are. */
  readonly indexed?: boolean;
  /** For `txt`. */
  readonly textSplit?: TextSplit;
  /** For `bin`: bytes of one token id, little endian. */
  readonly idBytes?: 2 | 4;
  /** For `bin` and `npy`: the token id that ends a document, if there is one. It belongs to no document. */
  readonly endOfText?: number;
  /**
   * For `bin` and `npy`: documents of at least so many tokens are cut at multiples of it from the start of the file, at the first such place
   * from there on. 65,536 if absent.
   */
  readonly pieceTokens?: number;
}

/** The fields by whose values a file's documents are counted; of an archive, those of all its members. */
export function groupFieldsOf({ groupField, members = [] }: FileLayout): string[] {
  const own = groupField === undefined ? [] : [groupField];
  return [...own, ...members.flatMap(({ reading }) => (reading === undefined ? [] : groupFieldsOf(reading)))];
}

/** A part of a file: bytes `[start, end)` of the file as it lies there, or row groups `[start, end)` of a Parquet file. */
export interface ShardRange {
  readonly unit: 'bytes' | 'row-groups';
  readonly start: number;
  readonly end: number;
}

/**
 * What one part is made of: a file, or a range of one.
 *
 * Of a range in bytes, the records that *start* in it belong to it, and those run on beyond its end.
 */
export interface ShardSource {
  /** A path, or an http(s) address. */
  readonly location: string;
  readonly reading: FileLayout;
  /** Absent for a whole file. */
  readonly range?: ShardRange;
}
