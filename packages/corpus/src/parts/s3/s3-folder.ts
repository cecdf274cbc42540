import { createHash } from 'node:crypto';
import { CorpusError } from '../../errors.ts';
import type { PartFolder } from '../part-folder.ts';
import type { S3Access } from './s3-access.ts';
import { refusal, S3Client } from './s3-client.ts';
import { parseS3Location, type S3Location } from './s3-location.ts';

/** Where an object keeps what it is, and the MD5 digest of its bytes. */
const LABEL = 'x-amz-meta-countermark';

/** A prefix of a bucket in an S3-compatible store. An object appears whole, as stores promise, or not at all. */
export class S3Folder implements PartFolder {
  readonly #client: S3Client;
  readonly #at: S3Location;

  /** @throws {RangeError} if the location names no bucket. */
  constructor(location: string, access: S3Access) {
    this.#at = parseS3Location(location);
    this.#client = new S3Client(access, this.#at.bucket);
  }

  locate(name: string): string {
    return `s3://${this.#at.bucket}/${this.#at.prefix}${name}`;
  }

  async list(): Promise<string[]> {
    const names: string[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = { 'list-type': '2', delimiter: '/', prefix: this.#at.prefix };
      const answer = await this.#client.send(this.locate(''), {
        method: 'GET',
        name: '',
        query: token === '' ? query : { ...query, 'continuation-token': token },
      });
      if (answer.status !== 200) throw refusal(this.locate(''), answer);
      const page = parseListing(answer.body.toString('utf8'));
      if (page === undefined || page.next === token) {
        throw new CorpusError('unreadable', `${this.locate('')}: the store's answer is no list of objects`);
      }
      for (const name of page.names) names.push(name);
      token = page.next;
    }
    return names;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const answer = await this.#client.send(this.locate(name), { method: 'GET', name: this.#nameOf(name) });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 && answer.code !== 'NoSuchBucket') return undefined;
    throw refusal(this.locate(name), answer);
  }

  async publish(name: string, bytes: Uint8Array, label?: string): Promise<void> {
    const md5 = label === undefined ? undefined : md5Of(bytes);
    const answer = await this.#client.send(this.locate(name), {
      method: 'PUT',
      name: this.#nameOf(name),
      headers: {
        'if-none-match': '*',
        'content-type': 'application/octet-stream',
        ...(md5 === undefined ? {} : { [LABEL]: `${md5} ${label}` }),
      },
      body: bytes,
    });
    // 412: somebody was first, perhaps an earlier attempt of ours whose answer was lost.
    if (answer.status !== 200 && answer.status !== 412) throw refusal(this.locate(name), answer);
  }

  // The ETag of an object that was put at once is the MD5 digest of the bytes that the store has, unless it is encrypted with a key of its
  // own: the store compares them with what it keeps, and says itself where it cannot give them any more.
  async vouch(name: string): Promise<string | undefined> {
    const answer = await this.#client.send(this.locate(name), { method: 'HEAD', name: this.#nameOf(name) });
    if (answer.status !== 200) return undefined;
    const [, md5, label] = /^([0-9a-f]{32}) (.+)$/.exec(answer.headers.get(LABEL) ?? '') ?? [];
    return md5 !== undefined && answer.headers.get('etag') === `"${md5}"` ? label : undefined;
  }

  async remove(name: string): Promise<void> {
    const answer = await this.#client.send(this.locate(name), { method: 'DELETE', name: this.#nameOf(name) });
    if (![200, 204, 404].includes(answer.status)) throw refusal(this.locate(name), answer);
  }

  #nameOf(name: string): string {
    return `${this.#at.prefix}${name}`;
  }
}

// Hosts that allow no MD5 at all publish without a label.
function md5Of(bytes: Uint8Array): string | undefined {
  try {
    return createHash('md5').update(bytes).digest('hex');
  } catch {
    return undefined;
  }
}

interface Listing {
  /** Names of objects, without the prefix. */
  readonly names: readonly string[];
  /** Where the next page begins; undefined if there is none. */
  readonly next: string | undefined;
}

// Of the XML only two elements matter. Names of parts need no escapes, and what needs some is no part's name.
function parseListing(xml: string): Listing | undefined {
  if (!/<ListBucketResult[\s>]/.test(xml)) return undefined;
  const names = Array.from(xml.matchAll(/<Key>(?:[^<]*\/)?([^<]*)<\/Key>/g), ([, name = '']) => name);
  if (!/<IsTruncated>\s*true\s*</.test(xml)) return { names, next: undefined };
  const token = /<NextContinuationToken>([^<]+)</.exec(xml)?.[1];
  return token === undefined ? undefined : { names, next: unescapeXml(token) };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
