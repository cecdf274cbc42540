import { CorpusError } from '../../errors.ts';
import { unescapeXml } from './unescape-xml.ts';

/** An object of a store, as a list of objects has it. */
export interface S3Object {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Lists the objects whose names begin with a prefix, page after page.
 *
 * @param subject  what a message names.
 * @param location the query that says what is listed.
 * @param ask      sends a query to the bucket and returns the XML of its answer.
 * @throws {CorpusError} `unreadable` if an answer is no list, or a list that is cut short does not say where it goes on.
 */
export async function listObjects(
  subject: string,
  location: Readonly<Record<string, string>>,
  ask: (query: Readonly<Record<string, string>>) => Promise<string>,
): Promise<S3Object[]> {
  const objects: S3Object[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const query = { 'list-type': '2', ...location };
    const page = parseListing(await ask(token === '' ? query : { ...query, 'continuation-token': token }));
    if (page === undefined || page.next === token) {
      const message = `${subject}: the store's answer is no list of objects`;
      throw new CorpusError('unreadable', message, { reason: 'failed' });
    }
    for (const object of page.objects) objects.push(object);
    token = page.next;
  }
  return objects;
}

/** A page of a list. */
interface Listing {
  readonly objects: readonly S3Object[];
  /** Where the next page begins; undefined if there is none. */
  readonly next: string | undefined;
}

// Of the XML only four elements matter.
function parseListing(xml: string): Listing | undefined {
  if (!/<ListBucketResult[\s>]/.test(xml)) return undefined;
  const objects = Array.from(xml.matchAll(/<Contents>(.*?)<\/Contents>/gs), ([, object = '']) => ({
    name: unescapeXml(/<Key>([^<]*)<\/Key>/.exec(object)?.[1] ?? ''),
    bytes: Number(/<Size>(\d+)<\/Size>/.exec(object)?.[1] ?? 0),
  }));
  if (!/<IsTruncated>\s*true\s*</.test(xml)) return { objects, next: undefined };
  const token = /<NextContinuationToken>([^<]+)</.exec(xml)?.[1];
  return token === undefined ? undefined : { objects, next: unescapeXml(token) };
}
