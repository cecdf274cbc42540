import { Buffer } from 'node:buffer';

/**
 * Returns the command that is running as a shell would take it again, for reports.
 *
 * No argument of a command is a secret: keys come in files.
 *
 * @param words what comes after the program's name.
 */
export function commandLine(words: readonly string[] = process.argv.slice(2)): string {
  return ['countermark', ...words.map(quoteArgument)].join(' ');
}

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Quotes a word for a shell.
 *
 * What cannot be seen is written byte by byte, in the form that POSIX shells know since 2024, and bash and zsh long before.
 */
export function quoteArgument(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (!UNSEEN.test(argument)) return `'${argument.replaceAll("'", "'\\''")}'`;
  const written = Array.from(argument, (character) => {
    if (!UNSEEN.test(character)) return character.replace(/['\\]/, '\\$&');
    return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  });
  return `$'${written.join('')}'`;
}

/**
 * Leaves the user, the password, the query and the fragment of each address in a word out: they may be secret.
 *
 * @param sign what stands in the place of a query or fragment.
 */
export function withoutSecrets(word: string, sign = '?…'): string {
  return word.replaceAll(
    /(https?:\/\/)(?:[^\s/?#]*@)?([^\s?#]*)(\S*)/gi,
    (_, scheme: string, rest: string, query: string) => scheme + rest + (query === '' ? '' : sign),
  );
}
