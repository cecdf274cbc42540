/**
 * Returns the command that is running as a shell would take it again, for reports.
 *
 * No argument of a command is a secret: keys come in files.
 */
export function commandLine(): string {
  return ['countermark', ...process.argv.slice(2).map(quote)].join(' ');
}

// What cannot be seen is written by code point, in the form that bash, ksh and zsh know.
function quote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (!UNSEEN.test(argument)) return `'${argument.replaceAll("'", "'\\''")}'`;
  const written = Array.from(argument, (character) =>
    UNSEEN.test(character)
      ? `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`
      : character.replace(/['\\]/, '\\$&'),
  );
  return `$'${written.join('')}'`;
}

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
