import { byCodeUnits } from './by-code-units.ts';
import type { CoverageCounts, LeftOut } from './coverage.ts';
import type { FileLayout } from './layout.ts';

/** A token id stands for about so many characters, where text and ids are compared. */
const ID_CHARACTERS = 4;
/** Places that are listed. */
const LISTED = 20;

/** Text that was not tested. */
export interface RestOfText {
  /** Path of the field, with `[]` for every element of a list. */
  readonly field: string;
  readonly why: LeftOut;
  /** The role, or the kind of part. */
  readonly name?: string;
  readonly characters: number;
  /** Of all characters. */
  readonly share: number;
}

/** How much of the text of some records was tested, and where the rest is. */
export interface TextCoverage {
  /** Of all texts in the records that were read, in UTF-16 code units. */
  readonly characters: number;
  /** In documents, or the same as a document of its record. */
  readonly tested: number;
  /** Token ids that were tested. */
  readonly tokenIds: number;
  /** Tested of all; a token id counts as four characters. 1 where there is nothing. */
  readonly share: number;
  readonly documents: number;
  /** Documents without any text or token: nothing was tested in them. */
  readonly emptyDocuments: number;
  /** The most first, at most 20. */
  readonly rest: readonly RestOfText[];
  /** Characters of places that are not listed. */
  readonly unlisted: number;
  /** Whether some sizes are those that a file states of columns that nobody decoded, in bytes. */
  readonly approximate: boolean;
}

/**
 * Says what counts mean.
 *
 * @param prompts paths of fields that hold what people asked.
 */
export function textCoverage(counts: CoverageCounts, prompts: readonly string[] = []): TextCoverage {
  const asked = prompts.map((path) => path.replaceAll(/\[[^\]]*\]/g, '[]'));
  let characters = 0;
  let tested = 0;
  const rest: Omit<RestOfText, 'share'>[] = [];
  for (const field of counts.fields) {
    characters += field.characters;
    tested += field.tested;
    let unread = field.characters - field.tested;
    for (const { why, name, characters: own } of field.left) {
      unread -= own;
      rest.push({ field: field.path, why, ...(name === undefined ? {} : { name }), characters: own });
    }
    const why = asked.some((path) => isBelow(field.path, path)) ? 'prompt' : 'unread';
    if (unread > 0) rest.push({ field: field.path, why, characters: unread });
  }
  const ids = ID_CHARACTERS * counts.tokenIds;
  const all = characters + ids;
  const ranked = rest
    .filter((part) => part.characters > 0)
    .sort((a, b) => b.characters - a.characters || byCodeUnits(a.field, b.field))
    .map((part) => ({ ...part, share: all === 0 ? 0 : part.characters / all }));
  return {
    characters,
    tested,
    tokenIds: counts.tokenIds,
    share: all === 0 ? 1 : (tested + ids) / all,
    documents: counts.documents,
    emptyDocuments: counts.empty,
    rest: ranked.slice(0, LISTED),
    unlisted: ranked.slice(LISTED).reduce((sum, part) => sum + part.characters, 0),
    approximate: counts.stated > 0,
  };
}

/** Paths of the fields of a file's records that hold what people asked; of an archive, those of all its members. */
export function promptsOf({ prompts = [], members = [] }: FileLayout): string[] {
  return [...prompts, ...members.flatMap(({ reading }) => (reading === undefined ? [] : promptsOf(reading)))];
}

/** Adds up coverages of files whose readings differ. */
export function sumCoverages(coverages: readonly TextCoverage[]): TextCoverage {
  const sum = (of: (one: TextCoverage) => number): number =>
    coverages.reduce((total, one) => total + of(one), 0);
  const rest = new Map<string, Omit<RestOfText, 'share'>>();
  for (const part of coverages.flatMap((one) => one.rest)) {
    const { field, why, name, characters } = part;
    const key = JSON.stringify([field, why, name]);
    rest.set(key, {
      field,
      why,
      ...(name === undefined ? {} : { name }),
      characters: characters + (rest.get(key)?.characters ?? 0),
    });
  }
  const characters = sum((one) => one.characters);
  const tokenIds = sum((one) => one.tokenIds);
  const tested = sum((one) => one.tested);
  const all = characters + ID_CHARACTERS * tokenIds;
  const ranked = [...rest.values()]
    .sort((a, b) => b.characters - a.characters || byCodeUnits(a.field, b.field))
    .map((part) => ({ ...part, share: all === 0 ? 0 : part.characters / all }));
  const unlisted = ranked.slice(LISTED).reduce((total, part) => total + part.characters, 0);
  return {
    characters,
    tested,
    tokenIds,
    share: all === 0 ? 1 : (tested + ID_CHARACTERS * tokenIds) / all,
    documents: sum((one) => one.documents),
    emptyDocuments: sum((one) => one.emptyDocuments),
    rest: ranked.slice(0, LISTED),
    unlisted: unlisted + sum((one) => one.unlisted),
    approximate: coverages.some((one) => one.approximate),
  };
}

/** Whether a path is another, or leads from it. */
export function isBelow(path: string, above: string): boolean {
  return path === above || (path.startsWith(above) && ['.', '['].includes(path[above.length] ?? ''));
}

/** Says in words why text was left out. */
export function leftOutInWords({ why, name }: Pick<RestOfText, 'why' | 'name'>): string | undefined {
  switch (why) {
    case 'unread':
      return undefined;
    case 'prompt':
      return name === undefined ? 'asked' : `of ${name}`;
    case 'role':
      return `of ${name ?? 'a role'}, a role that is not known`;
    case 'part':
      return `parts of a kind that is not known${name === undefined ? '' : `: ${name}`}`;
    case 'media':
      return name === undefined ? 'no text' : `no text: ${name}`;
  }
}

/** Says in a sentence what is read of some records, without what is below a hundredth. */
export function coverageInWords(coverage: TextCoverage): string {
  const { share, rest, approximate } = coverage;
  const listed = rest.filter((part) => part.share >= 0.01).slice(0, 5);
  const more = share + listed.reduce((sum, part) => sum + part.share, 0) < 0.985 && listed.length > 0;
  const where = listed.map((part) => {
    const words = leftOutInWords(part);
    const field = part.field === '' ? 'the record' : part.field;
    return `${field} (${percentOf(part.share)}${words === undefined ? '' : `, ${words}`})`;
  });
  const about = approximate ? 'about ' : '';
  const reads = `reads ${about}${percentOf(share)} of the text of these records`;
  if (where.length === 0) return reads;
  return `${reads}; the rest is in ${where.join(', ')}${more ? ' and others' : ''}`;
}

/** A share as a percentage: never 100 % or 0 % unless it is. */
export function percentOf(share: number): string {
  if (share >= 1 || share <= 0) return `${Math.round(100 * share)} %`;
  const percent = Math.round(100 * share);
  if (percent === 100) return 'over 99 %';
  return percent === 0 ? 'below 1 %' : `${percent} %`;
}
