import type { LeftOut, TextObserver } from '../documents/coverage.ts';
import { type FileLayout, pathsOf } from '../documents/layout.ts';
import { isBelow } from '../documents/text-coverage.ts';
import { eachText, foldedObjects } from '../documents/text-paths.ts';
import { RecordFinder } from '../readers/layouts/record-finder.ts';
import { detectFileLayout } from './detect-file-layout.ts';
import type { DetectedLayout, FileWishes } from './file-wishes.ts';
import { readSample } from './read-head.ts';

/** A text of a record, and what becomes of it. */
export interface ExplainedText {
  /** With `[]` for every element of a list. */
  readonly field: string;
  readonly text: string;
  readonly fate: 'tested' | LeftOut;
  /** The role, or the kind of part. */
  readonly name?: string;
}

/** A record as it will be tested. */
export interface ExplainedRecord {
  /** Its number, from 0. */
  readonly record: number;
  /** From 1, where the format has lines. */
  readonly line?: number;
  /** Its documents: which answer, and how long. */
  readonly documents: readonly {
    readonly answer?: string;
    readonly length: number;
    readonly unit: 'characters' | 'tokens';
  }[];
  /** Why it has none. */
  readonly failure?: string;
  readonly texts: readonly ExplainedText[];
}

/** The first records of a file as they will be tested. */
export interface ExplainedFile {
  readonly detected: DetectedLayout;
  readonly records: readonly ExplainedRecord[];
}

/**
 * Shows what becomes of the texts of a file's first records. A reading that would be refused for what it leaves out is shown, too.
 *
 * @throws {CorpusError} as `detectFileLayout` does, but for `coverage-low`.
 */
export async function explainFile(
  location: string,
  wishes: FileWishes = {},
  count = 3,
): Promise<ExplainedFile> {
  const detected = await detectFileLayout(location, { ...wishes, acceptCoverage: true });
  const { reading } = detected;
  const finder = new RecordFinder(reading);
  const sample = await readSample(location, reading);
  const records = sample.slice(0, count).map((raw): ExplainedRecord => {
    const place = { record: raw.record, ...(raw.line === undefined ? {} : { line: raw.line + 1 }) };
    if (raw.refusal !== undefined)
      return { ...place, documents: [], failure: raw.refusal.message, texts: [] };
    const told = new Told();
    const found = finder.find(raw, told);
    const texts = told.texts(raw.value, raw.from?.reading ?? reading);
    if (found.refusal !== undefined)
      return { ...place, documents: [], failure: found.refusal.message, texts };
    const documents = found.documents.map(({ segments, answer }) => ({
      ...(answer === undefined ? {} : { answer }),
      length: segments.reduce((sum: number, segment) => sum + segment.length, 0),
      unit: typeof segments[0] === 'object' ? ('tokens' as const) : ('characters' as const),
    }));
    return { ...place, documents, texts };
  });
  return { detected, records };
}

type Fate = Pick<ExplainedText, 'fate' | 'name'>;

/** Keeps the fate of every text that is told of, in the order in which texts of the same field and content are met. */
class Told implements TextObserver {
  readonly #fates = new Map<string, Fate[]>();
  readonly #parsed = new Map<string, unknown>();

  tested(path: string, text: string): void {
    this.#keep(path, text, { fate: 'tested' });
  }

  left(path: string, value: unknown, why: LeftOut, name?: string): void {
    eachText(value, path, (at, text) =>
      this.#keep(at, text, { fate: why, ...(name === undefined ? {} : { name }) }),
    );
  }

  parsed(path: string, text: string, value: unknown): void {
    this.#parsed.set(keyOf(path, text), value);
  }

  texts(record: unknown, { layout, prompts = [] }: FileLayout): ExplainedText[] {
    const texts: ExplainedText[] = [];
    const folded = foldedObjects(pathsOf(layout));
    const asked = prompts.map((path) => path.replaceAll(/\[[^\]]*\]/g, '[]'));
    const take = (field: string, text: string): void => {
      const key = keyOf(field, text);
      if (this.#parsed.has(key)) {
        eachText(this.#parsed.get(key), field, take);
        return;
      }
      const unread: Fate = { fate: asked.some((path) => isBelow(field, path)) ? 'prompt' : 'unread' };
      texts.push({ field, text, ...(this.#fates.get(key)?.shift() ?? unread) });
    };
    eachText(record, '', take, folded);
    return texts;
  }

  #keep(path: string, text: string, fate: Fate): void {
    const key = keyOf(path, text);
    const fates = this.#fates.get(key);
    if (fates === undefined) this.#fates.set(key, [fate]);
    else fates.push(fate);
  }
}

function keyOf(path: string, text: string): string {
  return `${path}\n${text}`;
}
