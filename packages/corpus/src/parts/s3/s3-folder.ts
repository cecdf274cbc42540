import { createHash } from 'node:crypto';
import type { PartFolder } from '../part-folder.ts';
import { listObjects } from './list-objects.ts';
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
    const at = this.locate('');
    const objects = await listObjects(at, { delimiter: '/', prefix: this.#at.prefix }, async (query) => {
      const answer = await this.#client.send(at, { method: 'GET', name: '', query });
      if (answer.status !== 200) throw refusal(at, answer);
      return answer.body.toString('utf8');
    });
    return objects.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
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
