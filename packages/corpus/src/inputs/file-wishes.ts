import type { FileFormat, FileLayout, TextSplit } from '../documents/layout.ts';
import type { TextCoverage } from '../documents/text-coverage.ts';
import type { LayoutWishes } from './choose-layout.ts';
import type { CsvDialect } from './csv-dialect.ts';
import type { GroupField } from './group-fields.ts';

/** What the caller says of a file; the rest is found. */
export interface FileWishes extends LayoutWishes, CsvDialect {
  readonly format?: FileFormat;
  /** Path of the field with a record's own id. */
  readonly idField?: string;
  /** Path of the field by whose values documents are counted too; false for none. Known names are looked for if nobody says. */
  readonly groupField?: string | false;
  /** How a `.txt` file is cut into documents; `file` if nobody says. */
  readonly textSplit?: TextSplit;
  /** Bytes of a token id of a raw file. */
  readonly idBytes?: 2 | 4;
  /** The token id that ends a document of a raw file, or that none does; looked for if nobody says. */
  readonly endOfText?: number | 'none';
  /** Says what the keys' tokenizer calls a token id, to look for the one that ends documents; undefined for none that it knows. */
  readonly tokenName?: (id: number) => Promise<string | undefined>;
  /** Whether it is meant that most of the text is left out, or that the first records have none. */
  readonly acceptCoverage?: boolean;
}

/** Joins what is said of all files and of one: of the fields with documents, those of the one file replace those of all. */
export function joinWishes(all: FileWishes, own: FileWishes): FileWishes {
  const isSaid = own.field !== undefined || own.fields !== undefined || own.idsField !== undefined;
  if (!isSaid) return { ...all, ...own };
  const { field: _, fields: __, idsField: ___, ...others } = all;
  return { ...others, ...own };
}

/** How a file is read, and the same in a sentence for people. */
export interface DetectedLayout {
  readonly reading: FileLayout;
  readonly description: string;
  /** How much of the text of the first records is read; absent where every byte is, and of token ids, which are no text. */
  readonly coverage?: TextCoverage;
  /** Fields that documents may be counted by: the first is not taken yet, as files of a corpus are counted by one. */
  readonly groupFields?: readonly GroupField[];
  /** Of an archive: the same of the members whose names have one end. */
  readonly memberGroupFields?: ReadonlyMap<string, readonly GroupField[]>;
}
