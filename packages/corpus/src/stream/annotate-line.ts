import { jsonStringEnd } from '@countermark/watermark';
import type { AnnotatedRecord } from './scan-documents.ts';

const FIELD = 'countermark';

/**
 * Writes a record with what was found in it: the line as it stood, byte for byte, with a member `countermark` at its end.
 *
 * A member of that name which the record had is left out. A record that is no object becomes the member `record` of one.
 *
 * @param annotated with the line, but where that was no JSON.
 */
export function annotateLine({ record, line, annotation }: AnnotatedRecord): string {
  const member = `${JSON.stringify(FIELD)}:${JSON.stringify(annotation)}`;
  if (line === undefined) return `{${member}}`;
  const text = line.trim();
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    return `{"record":${text},${member}}`;
  const names = Object.keys(record);
  if (names.length === 0) return `{${member}}`;
  if (!names.includes(FIELD)) return `${text.slice(0, -1)},${member}}`;
  const others = membersOf(text).filter(({ name }) => name !== FIELD);
  return `{${[...others.map((other) => other.text), member].join(',')}}`;
}

interface Member {
  readonly name: string;
  /** With the white space around it. */
  readonly text: string;
}

// Cuts a valid JSON object at the commas of its own level.
function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    if (character === '"') {
      at = jsonStringEnd(text, at);
      continue;
    }
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    if (depth === 0 || (depth === 1 && character === ',')) {
      const member = text.slice(start, at);
      if (member.trim() !== '') members.push({ name: nameOf(member), text: member });
      start = at + 1;
    }
    at++;
  }
  return members;
}

// A name may be written with escapes.
function nameOf(member: string): string {
  const start = member.indexOf('"');
  return String(JSON.parse(member.slice(start, jsonStringEnd(member, start))));
}
