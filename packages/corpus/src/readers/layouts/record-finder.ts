import type { TextObserver } from '../../documents/coverage.ts';
import type { FileLayout } from '../../documents/layout.ts';
import type { RawRecord, Refusal } from '../raw-record.ts';
import { fieldValue } from './field-value.ts';
import { type DocumentFinder, documentFinder } from './find-document.ts';
import type { Found } from './found.ts';
import { recordId } from './record-id.ts';

/** Of the value of a field by which documents are counted: longer ones are texts, and no names. */
const GROUP_CHARACTERS = 200;

/** Finds the documents of a file's records; of an archive, as the member is read that a record comes from. */
export class RecordFinder {
  readonly #file: FileLayout;
  readonly #finders = new Map<FileLayout, DocumentFinder>();

  /** @throws {RangeError} naming a path that is none. */
  constructor(file: FileLayout) {
    this.#file = file;
    this.#finderOf(file);
  }

  /** Finds a record's documents, or says why it has none. */
  find(raw: RawRecord, observer?: TextObserver): Found {
    if (raw.refusal !== undefined) return { refusal: inMember(raw, raw.refusal) };
    const found = this.#finderOf(raw.from?.reading ?? this.#file)(raw.value, observer);
    return found.refusal === undefined ? found : { refusal: inMember(raw, found.refusal) };
  }

  /** A record's own id, if it has one; in an archive only the member's name says where a person finds it. */
  idOf({ from, value }: RawRecord): string | undefined {
    const { idField } = from?.reading ?? this.#file;
    const own = idField === undefined ? undefined : recordId(value, idField);
    return from === undefined ? own : `${from.name}#${own ?? from.record}`;
  }

  /** A record's value of the field by which documents are counted: a text, number or truth value, at most {@link GROUP_CHARACTERS} of it. */
  groupOf({ from, value }: RawRecord): string | undefined {
    const { groupField } = from?.reading ?? this.#file;
    if (groupField === undefined) return undefined;
    const group = fieldValue(value, groupField);
    if (typeof group === 'boolean') return String(group);
    return recordId(value, groupField)?.slice(0, GROUP_CHARACTERS);
  }

  #finderOf(reading: FileLayout): DocumentFinder {
    const known = this.#finders.get(reading);
    if (known !== undefined) return known;
    const finder = documentFinder(reading.layout);
    this.#finders.set(reading, finder);
    return finder;
  }
}

/** Says which member of an archive a refusal is about, unless its reader has said so. */
function inMember({ from }: RawRecord, refusal: Refusal): Refusal {
  if (from === undefined) return refusal;
  return { ...refusal, message: `${from.name}, record ${from.record + 1}: ${refusal.message}` };
}
