/** JSON of any size in pieces, with the event loop free between them, and nothing of a shape that takes far more memory than its text. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isBlank, JsonScan, type Large, PIECE } from './json-scan.ts';
import { readStringMember } from './json-string.ts';

/**
 * Parses JSON as `JSON.parse` does, yielding to the event loop after each 262,144 bytes. No text of all of it is made: beside the values there
 * are only its bytes, which are written over.
 *
 * @param json      UTF-8; what is not becomes U+FFFD. Of nobody else any more.
 * @param mostBytes that its values may take, by their number.
 * @throws {SyntaxError} if it is not JSON.
 * @throws {JsonShapeError} if longer JSON nests more than 64 deep, or has more than 10,000 lists and objects, or members of one object, or
 *   more values than that.
 */
export async function parseJson(json: Buffer, mostBytes: number): Promise<unknown> {
  if (json.length <= PIECE) return JSON.parse(json.toString());
  const root = await new JsonScan(json, mostBytes).run();
  if (root !== undefined) return build(json, root);
  // A string or a number, however long, takes no time to speak of.
  return (await readStringMember(json, 0, json.length, true))?.value ?? JSON.parse(json.toString());
}

async function build(json: Buffer, { isArray, parts, commas }: Large): Promise<unknown> {
  // Of its length from the beginning: one that grows is there twice, again and again.
  const list = new Array<unknown>(isArray ? commas + 1 : 0);
  let length = 0;
  const members: Record<string, unknown> = {};
  for (const part of parts) {
    if ('large' in part) {
      const { start, end } = part.before;
      const value = await build(json, part.large);
      if (!isArray) set(members, nameOf(json.toString('utf8', start, end)), value);
      else if (isBlank(json, start, end)) list[length++] = value;
      else throw new SyntaxError('a comma is missing');
      continue;
    }
    const { start, end } = part;
    // Brackets of its own would make nothing of what is a member too few.
    if (isBlank(json, start, end)) throw new SyntaxError('a member is missing');
    const long = end - start > PIECE ? await readStringMember(json, start, end, isArray) : undefined;
    if (long !== undefined) {
      if (long.name === undefined) list[length++] = long.value;
      else set(members, String(JSON.parse(long.name)), long.value);
    } else {
      const piece = json.toString('utf8', start, end);
      if (isArray) for (const value of JSON.parse(`[${piece}]`) as unknown[]) list[length++] = value;
      else for (const [name, value] of Object.entries(JSON.parse(`{${piece}}`))) set(members, name, value);
    }
    await nextTurn();
  }
  list.length = length;
  return isArray ? list : members;
}

/** Reads `"name":`. */
function nameOf(before: string): string {
  const [name, ...others] = Object.keys(JSON.parse(`{${before}0}`));
  if (name === undefined || others.length > 0) throw new SyntaxError('a name is missing');
  return name;
}

// A member `__proto__` is one like others, as it is to `JSON.parse`.
function set(members: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, writable: true, configurable: true });
}
