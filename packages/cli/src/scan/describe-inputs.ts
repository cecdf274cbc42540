import type { Inputs, UnreadInput } from '@countermark/corpus/driver';
import { counted } from '../counted.ts';

const NAMED = 5;
/** Inputs that cannot be read are each told, up to so many. */
const TOLD = 20;

/** Says what of the inputs is not scanned, and why that is no loss, in lines for people. */
export function describeInputs(inputs: Inputs): string[] {
  const { ignored, repeated, describing, dead, excluded } = inputs;
  const lines: string[] = [];
  if (ignored.length > 0)
    lines.push(
      `${counted(ignored.length, 'file')} of no known format ${are(ignored)} left out: ${listed(ignored)}`,
    );
  if (describing.length > 0)
    lines.push(
      `${counted(describing.length, 'file')} ${describing.length === 1 ? 'describes' : 'describe'} the data and ${describing.length === 1 ? 'holds' : 'hold'} none: ${listed(describing)}`,
    );
  for (const { table, files } of dead)
    lines.push(
      `${table}: Delta table, its live rows; ${counted(files, 'file')} that it no longer refers to ${files === 1 ? 'is' : 'are'} left out`,
    );
  for (const { location, as } of repeated.slice(0, TOLD))
    lines.push(`${location}: is ${as} by another name, and read once`);
  if (repeated.length > TOLD)
    lines.push(`… and ${counted(repeated.length - TOLD, 'more file')} by another name`);
  if (excluded > 0)
    lines.push(`${counted(excluded, 'file')} ${excluded === 1 ? 'is' : 'are'} left out by --exclude`);
  return lines;
}

/** Says what cannot be read, in lines for people. */
export function describeUnread(unread: readonly UnreadInput[]): string[] {
  const lines = unread.slice(0, TOLD).map(({ location, message }) => `NOT READ: ${location}: ${message}`);
  if (unread.length > TOLD)
    lines.push(`NOT READ: … and ${counted(unread.length - TOLD, 'more input')}, listed in the plan`);
  return lines;
}

function are(list: readonly unknown[]): string {
  return list.length === 1 ? 'is' : 'are';
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
