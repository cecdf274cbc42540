/** What is asked where the reading of a file would have to be guessed, with the options that answer. */

import { type DocumentLayout, type FileLayout, pathsOf } from '../documents/layout.ts';
import {
  coverageInWords,
  isBelow,
  leftOutInWords,
  percentOf,
  type TextCoverage,
} from '../documents/text-coverage.ts';
import { CorpusError } from '../errors.ts';
import type { RawRecord } from '../readers/raw-record.ts';
import { fieldsOf } from './choose-layout.ts';
import type { FileWishes } from './file-wishes.ts';
import { PROMPT_NAMES } from './forms.ts';
import { isProse, type SampleField, sampleFields, textFields } from './sample-fields.ts';

/** A reading that tests less of all sentences than this is asked about. */
const LEAST_OF_ALL = 0.05;
/** And so is one that tests less than this of all text, and no sentence. */
const TRIFLE = 0.01;
/** The same, of the text that may hold answers: without what people asked, and pictures. */
const LEAST_OF_ANSWERS = 0.8;
/** Fields that are shown. */
const SHOWN = 8;
/** Names of fields that are listed where none has a text. */
const LISTED = 40;

/** Says that none of the first records can be read. */
export function describeUnreadable(sample: readonly RawRecord[]): CorpusError {
  const count = sample.reduce((rows, { refusal }) => rows + (refusal?.rows ?? 1), 0);
  return new CorpusError(
    'layout-unknown',
    `none of the first ${count} records can be read: ${sample[0]?.refusal?.message}`,
  );
}

/**
 * Asks for the field, where nothing tells which it is.
 *
 * @throws {CorpusError} `layout-unknown`.
 */
export function askForField(
  records: readonly unknown[],
  wishes: FileWishes,
  { format, header }: Pick<FileLayout, 'format' | 'header'>,
): never {
  const said = [wishes.field, ...(wishes.fields ?? []), wishes.idsField].filter((path) => path !== undefined);
  const fields = fieldsOf(records);
  const listed = fields.slice(0, LISTED).join(', ');
  const others = fields.length > LISTED ? ` and ${fields.length - LISTED} others` : '';
  const seen = fields.length === 0 ? 'the records have no fields' : `the fields are ${listed}${others}`;
  const isHeadless = (format === 'csv' || format === 'tsv') && header !== false && fields.some(readsLikeData);
  const name = `name one with --field or --ids-field, or the format with --input-format${isHeadless ? '; the first row reads like data: say --no-header if it names no columns' : ''}`;
  const headless = isHeadless ? [['--no-header']] : [];
  if (said.length > 0) {
    const none = said.map((path) => `"${path}"`).join(' or ');
    throw new CorpusError('layout-unknown', `no record has a field ${none}; ${seen}; ${name}`);
  }
  const texts = longestFirst(sampleFields(records).filter(isProse));
  if (texts.length === 0)
    throw new CorpusError(
      'layout-unknown',
      `no field holds a text, a chat or token ids that a model may have written; ${seen}; ${name}`,
      { ways: headless },
    );
  throw new CorpusError(
    'layout-unknown',
    `no field is one that is known to hold answers, and none is guessed; those with text are ${sizes(texts)}; ${name}`,
    { ways: [...headless, ...waysOf(texts.slice(0, SHOWN))] },
  );
}

/** Whether what stands as the name of a column is a sentence, as in a table without a row of names. */
function readsLikeData(name: string): boolean {
  return name.length >= 60 && /\S\s+\S+\s+\S+\s+\S+\s+\S/.test(name);
}

/** What is known of a reading that was chosen. */
interface Chosen {
  readonly coverage: TextCoverage;
  /** Records with any text or token in their documents. */
  readonly found: number;
  readonly records: readonly unknown[];
  readonly layout: DocumentLayout;
  readonly description: string;
  readonly wishes: FileWishes;
}

/**
 * Refuses a reading that leaves out most of the text, unless somebody said that it is meant.
 *
 * @throws {CorpusError} `layout-unknown` if it finds nothing in any record, `coverage-low` if it finds little.
 */
export function checkCoverage({ coverage, found, records, layout, description, wishes }: Chosen): void {
  if (wishes.acceptCoverage === true) return;
  const unknown = coverage.rest.filter(({ why }) => why === 'role').map(({ name = '' }) => name);
  const roles = [...new Set(unknown)]
    .filter((name) => name !== '')
    .slice(0, SHOWN)
    .map((role) => ['--role', role]);
  const fields = textFields(records, pathsOf(layout));
  const kept = keptFields(layout, wishes);
  const missed = longestFirst(
    fields.filter((field) => isProse(field) && coverage.rest.some((part) => isMissed(part, field.path))),
  );
  const more = missed
    .slice(0, SHOWN)
    .filter(({ path }) => !kept.includes(path))
    .map(({ path }) => path);
  const accept = ['--accept-coverage'];
  const hasText = coverage.characters > 0 || fields.some(({ texts }) => texts > 0);
  if (found === 0) {
    if (!hasText && layout.kind !== 'ids') return;
    throw new CorpusError(
      'layout-unknown',
      `${description}: nothing would be tested; ${coverageInWords(coverage)}; name the fields with --field, or accept it with --accept-coverage`,
      {
        ways: [...roles, ...(more.length === 0 ? [] : [more.flatMap((path) => ['--field', path])]), accept],
      },
    );
  }
  const lost = missedCharacters(coverage, missed);
  const tested = coverage.tested + 4 * coverage.tokenIds;
  const isSaid = [wishes.field, wishes.fields, wishes.idsField].some((one) => one !== undefined);
  const isLow =
    (!isSaid && isTrifle(coverage, fields, layout)) ||
    tested < LEAST_OF_ALL * (tested + proseLeft(coverage, fields)) ||
    tested < LEAST_OF_ANSWERS * (tested + lost);
  if (!isLow) return;
  const all = [...kept.filter((path) => path !== ''), ...more].flatMap((path) => ['--field', path]);
  throw new CorpusError(
    'coverage-low',
    `${description}; ${coverageInWords(coverage)}; accept it with --accept-coverage, or name the fields with --field`,
    {
      ways: [...(more.length === 0 ? [] : [all]), ...roles, accept],
    },
  );
}

/** Whether a reading tests next to nothing of the text, and no sentence: a field may have the name of answers and hold colours or sizes. */
function isTrifle({ share }: TextCoverage, fields: readonly SampleField[], layout: DocumentLayout): boolean {
  if (share >= TRIFLE || layout.kind === 'ids') return false;
  const paths = pathsOf(layout).map((path) => path.replaceAll(/\[[^\]]*\]/g, '[]'));
  return !fields.some((field) => isProse(field) && paths.some((path) => isBelow(field.path, path)));
}

function isMissed({ why, field }: TextCoverage['rest'][number], path: string): boolean {
  return why === 'unread' && field === path;
}

/** Characters that may be answers and are not read: sentences in fields that nobody knows, turns and parts of unknown kinds. */
function missedCharacters({ rest }: TextCoverage, missed: readonly SampleField[]): number {
  return rest
    .filter(({ why, field }) => {
      if (why === 'role' || why === 'part') return true;
      return why === 'unread' && missed.some(({ path }) => isBelow(field, path));
    })
    .reduce((sum, { characters }) => sum + characters, 0);
}

/** Characters of sentences that are left out, whoever wrote them. */
function proseLeft({ rest }: TextCoverage, fields: readonly SampleField[]): number {
  const prose = new Set(fields.filter(isProse).map(({ path }) => path));
  return rest
    .filter(({ why, field }) => why !== 'media' && prose.has(field))
    .reduce((sum, { characters }) => sum + characters, 0);
}

function keptFields(layout: DocumentLayout, { field, fields = [] }: FileWishes): readonly string[] {
  if (field !== undefined || fields.length > 0) return [...(field === undefined ? [] : [field]), ...fields];
  if (layout.kind === 'ids') return [];
  return pathsOf(layout);
}

// What looks like a prompt is proposed last.
function longestFirst(fields: readonly SampleField[]): SampleField[] {
  return [...fields].sort((a, b) => b.characters - a.characters);
}

function waysOf(texts: readonly SampleField[]): string[][] {
  const answers = texts.filter(({ name }) => !PROMPT_NAMES.includes(name));
  const order = [...answers, ...texts.filter(({ name }) => PROMPT_NAMES.includes(name))];
  const each = order.map(({ path }) => ['--field', path]);
  return each.length > 1 ? [...each, each.flat()] : each;
}

function sizes(texts: readonly SampleField[]): string {
  const all = texts.reduce((sum, { characters }) => sum + characters, 0);
  const shown = texts.slice(0, SHOWN).map(({ path, name, texts: count, characters }) => {
    const asked = PROMPT_NAMES.includes(name) ? `, ${leftOutInWords({ why: 'prompt' })}` : '';
    return `${path} (${percentOf(characters / all)}, ${Math.round(characters / count)} characters each${asked})`;
  });
  return `${shown.join(', ')}${texts.length > SHOWN ? ' and others' : ''}`;
}
