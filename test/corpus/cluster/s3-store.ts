/** A small store that answers as S3 does, checks every signature by the specification, and fails when told to. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256, signatureOf } from './signature.ts';

/** Who may use the store. */
export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIDTESTONLY',
  AWS_SECRET_ACCESS_KEY: 'test/secret+of=nobody',
  AWS_SESSION_TOKEN: 'test-session-token',
  AWS_REGION: 'eu-central-7',
};

const BUCKET = 'scans';
const PAGE = 2;

/** How a request fails: with an answer, without one before or after it took effect, or in the midst of one. */
export type Fault = { status: number; code: string } | 'drop' | 'drop after' | 'cut';

// What the machine that tests has of its own must not be asked.
const NOTHING_ELSE = {
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: '',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** What the store noted of a request. */
interface Noted {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** The store. */
export interface S3Store {
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  readonly objects: Map<string, Buffer>;
  /** What `x-amz-meta-countermark` was put with an object, by the object's name. */
  readonly metadata: Map<string, string>;
  /** ETag of an object: of one that was put at once, the MD5 digest of what the store has. */
  etagOf: (body: Buffer) => string;
  readonly log: Noted[];
  /** Asked before each request is looked at. */
  fault: (method: string, path: string) => Fault | undefined;
  /** Awaited before an object is put. */
  beforePut: () => Promise<void>;
  close(): void;
}

/** Starts a store with the bucket `scans`. */
export async function startS3Store(): Promise<S3Store> {
  const objects = new Map<string, Buffer>();
  const metadata = new Map<string, string>();
  const log: Noted[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store: S3Store = {
    endpoint,
    env: { ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: '', ...NOTHING_ELSE },
    objects,
    metadata,
    etagOf: (body) => `"${createHash('md5').update(body).digest('hex')}"`,
    log,
    fault: () => undefined,
    beforePut: async () => undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return store;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '', endpoint);
    const method = request.method ?? '';
    const fault = store.fault(method, url.pathname);
    if (fault === 'drop') return void request.socket.destroy();
    const found =
      typeof fault === 'object' ? fail(fault.status, fault.code) : await serve(request, url, body);
    log.push({ method, path: url.pathname, status: found.status });
    if (fault === 'drop after') return void request.socket.destroy();
    const content = Buffer.from(found.body ?? '');
    response.writeHead(found.status, { ...found.headers, 'content-length': content.length });
    if (method === 'HEAD') response.end();
    else if (fault === 'cut') response.write(content.subarray(0, -1), () => request.socket.destroy());
    else response.end(content);
  }

  async function serve(request: IncomingMessage, url: URL, body: Buffer): Promise<Answer> {
    const denied = checkSignature(request, url, body);
    if (denied !== undefined) return fail(403, denied);
    const [, bucket = '', name = ''] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (bucket !== BUCKET) return fail(404, 'NoSuchBucket');
    if (request.method === 'GET' && name === '') return list(url.searchParams);
    if (request.method === 'PUT') {
      if (request.headers['content-length'] !== `${body.length}`) return fail(411, 'MissingContentLength');
      await store.beforePut();
      if (request.headers['if-none-match'] === '*' && objects.has(name))
        return fail(412, 'PreconditionFailed');
      objects.set(name, body);
      const label = request.headers['x-amz-meta-countermark'];
      if (typeof label === 'string') metadata.set(name, label);
      return { status: 200 };
    }
    if (request.method === 'DELETE') {
      objects.delete(name);
      return { status: 204 };
    }
    const object = objects.get(name);
    if (object === undefined) return fail(404, 'NoSuchKey');
    const label = metadata.get(name);
    const headers = {
      etag: store.etagOf(object),
      ...(label === undefined ? {} : { 'x-amz-meta-countermark': label }),
    };
    return { status: 200, body: object, headers };
  }

  function list(query: URLSearchParams): Answer {
    if (query.get('list-type') !== '2') return fail(400, 'InvalidArgument');
    const prefix = query.get('prefix') ?? '';
    const all = [...objects.keys()]
      .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .sort();
    const token = query.get('continuation-token');
    const from = token === null ? 0 : Number(/^<&"(\d+)>$/.exec(token)?.[1]);
    if (Number.isNaN(from)) return fail(400, 'InvalidArgument');
    const more = from + PAGE < all.length;
    const next = `<NextContinuationToken>&lt;&amp;&quot;${from + PAGE}&#x3E;</NextContinuationToken>`;
    const keys = all.slice(from, from + PAGE).map((name) => `<Contents><Key>${name}</Key></Contents>`);
    const body = `<?xml version="1.0"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`;
    return {
      status: 200,
      body: `${body}<IsTruncated>${more}</IsTruncated>${keys.join('')}${more ? next : ''}</ListBucketResult>`,
    };
  }
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function fail(status: number, code: string): Answer {
  const key = `<AWSAccessKeyId>${CREDENTIALS.AWS_ACCESS_KEY_ID}</AWSAccessKeyId>`;
  return { status, body: `<?xml version="1.0"?>\n<Error><Code>${code}</Code>${key}</Error>` };
}

function checkSignature({ method, headers }: IncomingMessage, url: URL, body: Buffer): string | undefined {
  const [, id, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (id === undefined || scope === undefined || names === undefined) return 'AccessDenied';
  if (id !== CREDENTIALS.AWS_ACCESS_KEY_ID) return 'InvalidAccessKeyId';
  const signed = names.split(';');
  const needed = ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
  if (!needed.every((name) => signed.includes(name))) return 'AccessDenied';
  if (method === 'PUT' && !signed.includes('if-none-match')) return 'AccessDenied';
  if (headers['x-amz-meta-countermark'] !== undefined && !signed.includes('x-amz-meta-countermark'))
    return 'AccessDenied';
  if (headers['x-amz-security-token'] !== CREDENTIALS.AWS_SESSION_TOKEN) return 'InvalidToken';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const { region, signature: expected } = signatureOf({ method, headers }, url, body, {
    service: 's3',
    secret: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
  });
  if (region !== CREDENTIALS.AWS_REGION) return 'AuthorizationHeaderMalformed';
  return expected === signature ? undefined : 'SignatureDoesNotMatch';
}
