import { FORMATS, type ReadingWishes } from '@countermark/corpus';
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
export function wishesByPattern(settings: readonly string[]): (location: string) => ReadingWishes {
  const rules = settings.map((setting) => {
    const [, pattern, name = '', value = ''] = /^(.+):([a-z-]+)=(.*)$/s.exec(setting) ?? [];
    if (pattern === undefined)
      throw new CommandError(`--for expected pattern:name=value, got ${JSON.stringify(setting)}`);
    return { matches: matcher([pattern]), name, wish: wishOf(name, value) };
  });
  return (location) => {
    let wishes: ReadingWishes = {};
    for (const { matches, name, wish } of rules) {
      if (!matches(location)) continue;
      // Several roles are several settings.
      const roles = name === 'role' ? [...(wishes.roles ?? []), ...(wish.roles ?? [])] : undefined;
      wishes = { ...wishes, ...wish, ...(roles === undefined ? {} : { roles }) };
    }
    return wishes;
  };
}

const CHOICES = {
  split: ['file', 'lines', 'blank-lines'],
  'id-bytes': ['2', '4'],
  header: ['yes', 'no'],
} as const;

function wishOf(name: string, value: string): ReadingWishes {
  switch (name) {
    case 'field':
      return { field: value };
    case 'ids-field':
      return { idsField: value };
    case 'role':
      return { roles: [value] };
    case 'id-field':
      return { idField: value };
    case 'input-format':
    case 'format':
      return { format: chosen(name, value, FORMATS) };
    case 'split':
      return { textSplit: chosen(name, value, CHOICES.split) };
    case 'id-bytes':
      return { idBytes: chosen(name, value, CHOICES['id-bytes']) === '2' ? 2 : 4 };
    case 'end-of-text': {
      const id = Number(value);
      if (value === '' || !Number.isSafeInteger(id) || id < 0)
        throw new CommandError(`--for: end-of-text expected a token id, got ${JSON.stringify(value)}`);
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
        `--for: ${name} is none of field, ids-field, role, id-field, input-format, split, id-bytes, end-of-text, delimiter, quote, escape, header`,
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
