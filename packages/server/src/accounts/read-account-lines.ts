import { setImmediate as nextTurn } from 'node:timers/promises';
import { TextDecoder } from 'node:util';
import { Problem } from '../http/problem.ts';
import { ACCOUNT_ID_FORM, isAccountId } from './account-id.ts';

/** Bytes of a line: an id of 256 characters, each written as an escape, and a member's name. */
const MAX_LINE_BYTES = 4096;
const LINE_FEED = 10;

/**
 * Reads account ids as JSON Lines come: each line a string, or an object with the one member `id`. Empty lines are left out.
 *
 * @param size ids that are yielded together.
 * @throws {Problem} `invalid-request` naming the first line that is none, by its number and never by what it holds.
 */
export async function* readAccountLines(
  body: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<readonly string[], void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let ids: string[] = [];
  let number = 0;
  for await (const lines of linesOf(body)) {
    for (const line of lines) {
      number++;
      const id = line === undefined ? undefined : idOf(line, decoder);
      if (id === undefined) {
        throw new Problem(
          'invalid-request',
          `line ${number} is no account: an id, or an object with "id", ${ACCOUNT_ID_FORM}`,
        );
      }
      if (id === '') continue;
      ids.push(id);
      if (ids.length < size) continue;
      yield ids;
      ids = [];
    }
    // Lines that hold nothing give nobody else a turn.
    await nextTurn();
  }
  if (ids.length > 0) yield ids;
}

// Undefined for what is no account; empty for a line that is.
function idOf(line: Buffer, decoder: TextDecoder): string | undefined {
  if (line.length === 0) return '';
  try {
    const text = decoder.decode(line).trim();
    if (text === '') return '';
    const value: unknown = JSON.parse(text);
    const id = typeof value === 'object' ? memberId(value) : value;
    return typeof id === 'string' && isAccountId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function memberId(value: object | null): unknown {
  const [[name, id] = [], ...others] = Object.entries(value ?? {});
  return name === 'id' && others.length === 0 ? id : undefined;
}

/** Yields the lines of each piece that comes, without their ends; undefined for one that is too long, and nothing after it. */
async function* linesOf(
  body: AsyncIterable<Buffer>,
): AsyncGenerator<readonly (Buffer | undefined)[], void, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: (Buffer | undefined)[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      lines.push(end - start > MAX_LINE_BYTES ? undefined : bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE_BYTES) lines.push(undefined);
    yield lines;
  }
  if (rest.length > 0) yield [rest];
}
