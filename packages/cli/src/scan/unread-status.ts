import type { Manifest } from '@countermark/corpus';
import { counted } from '../counted.ts';
import { ExitCode } from '../exit-code.ts';
import { say } from '../output.ts';

/** Lets the exit status say that inputs were not read, unless the user said that they may be left out. */
export function setUnreadStatus({ unread = [], unreadAccepted }: Manifest): void {
  if (unread.length === 0 || unreadAccepted === true) return;
  say(
    `${counted(unread.length, 'input')} could not be read, so this ends with status ${ExitCode.unfit}; leave them out by name with --exclude, or all with --skip-unreadable`,
  );
  process.exitCode = ExitCode.unfit;
}
