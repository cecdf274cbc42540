import { type FileWishes, FORMATS } from '@countermark/corpus';
import picomatch from 'picomatch';
import { CommandError } from '../command-error.ts';

/** Says whether a path or address matches one of several patterns: as a whole, or by its end from a slash on. */
export function matcher(patterns: readonly string[]): (location: string) => boolean {
  const tests = patterns.map((pattern) => picomatch([pattern, `**/${pattern}`], { dot: true }));
  return (location) => {
    const path = location
      .replace(/^\w+:\/\//, '')
      .replace(/^\.?\//, '')
      .replace(/[?#].*$/, '');
    return tests.some((test) => test(path));
  };
}

/**
 * Reads what is said of single files, as `chats/*.json:field=messages`; of two that match, the later counts.
 *
 * @throws {CommandError} if one is not of this form.
 */
export function wishesByPattern(settings: readonly string[]): (location: string) => FileWishes {
  const rules = settings.map((setting) => {
    const [, pattern, name = '', value = ''] = /^(.+):([a-z-]+)=(.*)$/s.exec(setting) ?? [];
    if (pattern === undefined)
      throw new CommandError(`--for expected pattern:name=value, got ${JSON.stringify(setting)}`);
    return { matches: matcher([pattern]), name, wish: wishOf(name, value) };
  });
  return (location) => {
    let wishes: FileWishes = {};
    for (const { matches, wish } of rules) {
      if (!matches(location)) continue;
      wishes = withWish(wishes, wish);
    }
    return wishes;
  };
}

// Several roles, and several fields, are several settings: of fields each is then an answer.
function withWish(wishes: FileWishes, wish: FileWishes): FileWishes {
  const { field, fields, ...others } = wishes;
  const roles = wish.roles === undefined ? undefined : [...(wishes.roles ?? []), ...wish.roles];
  const before = fields ?? (field === undefined ? [] : [field]);
  if (wish.field !== undefined && before.length > 0) return { ...others, fields: [...before, wish.field] };
  return { ...wishes, ...wish, ...(roles === undefined ? {} : { roles }) };
}

const CHOICES = {
  split: ['file', 'lines', 'blank-lines'],
  'id-bytes': ['2', '4'],
  header: ['yes', 'no'],
  'accept-coverage': ['yes', 'no'],
} as const;

function wishOf(name: string, value: string): FileWishes {
  switch (name) {
    case 'field':
      return { field: value };
    case 'accept-coverage':
      return { acceptCoverage: chosen(name, value, CHOICES['accept-coverage']) === 'yes' };
    case 'ids-field':
      return { idsField: value };
    case 'role':
      return { roles: [value] };
    case 'id-field':
      return { idField: value };
    case 'by':
      return { groupField: value === 'none' ? false : value };
    case 'input-format':
    case 'format':
      return { format: chosen(name, value, FORMATS) };
    case 'split':
      return { textSplit: chosen(name, value, CHOICES.split) };
    case 'id-bytes':
      return { idBytes: chosen(name, value, CHOICES['id-bytes']) === '2' ? 2 : 4 };
    case 'end-of-text': {
      if (value === 'none') return { endOfText: value };
      const id = Number(value);
      if (value === '' || !Number.isSafeInteger(id) || id < 0)
        throw new CommandError(
          `--for: end-of-text expected a token id or none, got ${JSON.stringify(value)}`,
        );
      return { endOfText: id };
    }
    case 'delimiter':
      return { delimiter: value.replaceAll('\\t', '\t') };
    case 'quote':
      return { quote: value === 'none' ? '' : value };
    case 'escape':
      return { escape: value };
    case 'header':
      return { header: chosen(name, value, CHOICES.header) === 'yes' };
    default:
      throw new CommandError(
        `--for: ${name} is none of field, accept-coverage, ids-field, role, id-field, by, input-format, split, id-bytes, end-of-text, delimiter, quote, escape, header`,
      );
  }
}

function chosen<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new CommandError(
    `--for: ${name} expected one of ${choices.join(', ')}, got ${JSON.stringify(value)}`,
  );
}
