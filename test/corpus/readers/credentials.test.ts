/** Credentials for stores that containers and machines hand out, and what happens when they expire at the wrong moment. */
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PartStore } from '@countermark/corpus';
import { findCredentials } from '@countermark/corpus/driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { enterAwsWorld, HOUR, leaveAwsWorld, START, startNumberedStore, textsAt } from './aws-world.ts';
import { makeDirectory } from './read-all.ts';
import { startServer } from './scripted-server.ts';

beforeEach(() => void enterAwsWorld());
afterEach(leaveAwsWorld);

/** Hands out credentials by number, each of which is good for an hour. */
async function service(answer?: (request: IncomingMessage, response: ServerResponse) => boolean) {
  const given = { count: 0 };
  const server = await startServer((request, response) => {
    if (answer?.(request, response) === true) return;
    given.count++;
    response.end(credentials(given.count));
  });
  return { given, server };
}

function credentials(number: number): string {
  const Expiration = new Date(Date.now() + HOUR).toISOString();
  return JSON.stringify({
    AccessKeyId: `ID${number}`,
    SecretAccessKey: `secret-${number}`,
    Token: `token-${number}`,
    Expiration,
  });
}

describe('the credentials of a container', () => {
  it('are asked for with the token of the moment, and again before they expire', async () => {
    const asked: (string | undefined)[] = [];
    const { given, server } = await service((request) => {
      asked.push(request.headers.authorization);
      return false;
    });
    const token = join(makeDirectory(), 'token');
    writeFileSync(token, 'pod-1\n');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${server.origin}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', token);
    let good = [1];
    const { requests } = await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.at(-1)?.headers.authorization).toContain('Credential=ID1/');
    vi.setSystemTime(START + HOUR - 301_000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(given.count).toBe(1);
    // Five minutes before their end.
    writeFileSync(token, 'pod-2\n');
    good = [2];
    vi.setSystemTime(START + HOUR - 299_000);
    const all = await Promise.all(Array.from({ length: 8 }, async () => textsAt('s3://bucket/a.jsonl')));
    expect(all).toEqual(all.map(() => ['one', 'two']));
    expect(given.count).toBe(2);
    expect(asked).toEqual(['pod-1', 'pod-2']);
  });

  it('are renewed once where the store no longer takes them, and no request is lost', async () => {
    const { given, server } = await service();
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', server.origin);
    let good = [1];
    await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    vi.setSystemTime(START + 10_000);
    // Revoked, long before their time.
    good = [2];
    const all = await Promise.all(Array.from({ length: 8 }, async () => textsAt('s3://bucket/a.jsonl')));
    expect(all).toEqual(all.map(() => ['one', 'two']));
    expect(given.count).toBe(2);
  });

  it('are used to their end while the service fails', async () => {
    let fails = false;
    const { given, server } = await service((_, response) => {
      if (fails) response.writeHead(400).end('token-1 secret');
      return fails;
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', server.origin);
    await startNumberedStore(() => [1, 2]);
    await textsAt('s3://bucket/a.jsonl');
    fails = true;
    vi.setSystemTime(START + HOUR - 60_000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    vi.setSystemTime(START + HOUR + 1);
    const after = textsAt('s3://bucket/a.jsonl');
    await expect(after).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(after).rejects.toThrow('the service with the credentials of this container answers 400');
    await expect(after).rejects.not.toThrow(/secret/);
    fails = false;
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(given.count).toBe(2);
  });

  it('are asked for again where the service fails for a moment', async () => {
    let failures = 2;
    const { server } = await service((_, response) => {
      if (failures-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', server.origin);
    expect(await findCredentials()).toMatchObject({ accessKeyId: 'ID1', sessionToken: 'token-1' });
  });

  it.each([
    ['http://10.0.0.1/credentials', 'an https address, or one of this machine'],
    ['file:///etc/passwd', 'an https address, or one of this machine'],
    ['no address', 'an https address, or one of this machine'],
  ])('are not asked for at %s', async (address, why) => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', address);
    await expect(findCredentials()).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(findCredentials()).rejects.toThrow(why);
  });

  it('are refused where the file of the token cannot be read, or the answer has none', async () => {
    const { server } = await service((_, response) => {
      response.end('{"AccessKeyId":"ID","Message":"secret"}');
      return true;
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', server.origin);
    const none = findCredentials();
    await expect(none).rejects.toThrow('answers without credentials');
    await expect(none).rejects.not.toThrow(/secret/);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', join(makeDirectory(), 'none'));
    await expect(findCredentials()).rejects.toThrow('the file of the token of a container cannot be read');
  });
});

describe('the credentials of a machine', () => {
  /** The metadata service in its second version: it answers to who has its token. */
  async function metadata(role: string | undefined) {
    let number = 0;
    const found = await startServer((request, response) => {
      const { method, url = '' } = request;
      if (method === 'PUT' && url === '/latest/api/token') {
        const isAsked = request.headers['x-aws-ec2-metadata-token-ttl-seconds'] === '21600';
        response.writeHead(isAsked ? 200 : 400).end('the-token');
      } else if (request.headers['x-aws-ec2-metadata-token'] !== 'the-token') {
        response.writeHead(401).end();
      } else if (url === '/latest/meta-data/iam/security-credentials/' && role !== undefined) {
        response.end(role);
      } else if (url === `/latest/meta-data/iam/security-credentials/${role}`) {
        response.end(credentials(++number));
      } else {
        response.writeHead(404).end();
      }
    });
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'false');
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `${found.origin}/`);
    return found;
  }

  it('are asked for with a token, by the name of its role, and again before they expire', async () => {
    await metadata('scanner');
    const { requests } = await startNumberedStore(() => [1, 2]);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.at(-1)?.headers.authorization).toContain('Credential=ID1/');
    vi.setSystemTime(START + HOUR - 1000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.at(-1)?.headers.authorization).toContain('Credential=ID2/');
  });

  it('are none without a role, without such a service, and where it is switched off', async () => {
    const { requests } = await metadata(undefined);
    expect(await findCredentials()).toBeUndefined();
    const asked = requests.length;
    // Nobody asks twice.
    expect(await findCredentials()).toBeUndefined();
    expect(requests).toHaveLength(asked);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:1');
    expect(await findCredentials()).toBeUndefined();
    const live = await metadata('scanner');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'TRUE');
    expect(await findCredentials()).toBeUndefined();
    expect(live.requests).toHaveLength(0);
  });
});

describe('the credentials of a file', () => {
  it('are read again where the store says that they have expired', async () => {
    const path = join(makeDirectory(), 'credentials');
    const write = (number: number): void =>
      writeFileSync(
        path,
        `[default]\naws_access_key_id=ID${number}\naws_secret_access_key=s\naws_session_token=token-${number}\n`,
      );
    write(1);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path);
    let good = [1];
    // Somebody writes new ones while the store looks at the old.
    await startNumberedStore(
      () => good,
      () => write(2),
    );
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    good = [2];
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    // Where there are no others the refusal stands.
    good = [3];
    await expect(textsAt('s3://bucket/a.jsonl')).rejects.toMatchObject({ code: 'unreadable' });
  });
});

it('parts of a scan are put and read with credentials that are renewed', async () => {
  const { given, server } = await service();
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', server.origin);
  let good = [1];
  const objects = new Map<string, Buffer>();
  const bucket = await startServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const number = Number(String(request.headers['x-amz-security-token']).slice('token-'.length));
    if (!good.includes(number)) {
      response.writeHead(403).end('<Error><Code>ExpiredToken</Code></Error>');
    } else if (request.method === 'PUT') {
      objects.set(request.url ?? '', Buffer.concat(chunks));
      response.end();
    } else {
      const object = objects.get(request.url ?? '');
      response.writeHead(object === undefined ? 404 : 200).end(object);
    }
  });
  const access = { endpoint: bucket.origin, region: 'eu-1' };
  const parts = new PartStore('s3://bucket/parts', 'a'.repeat(64), access);
  await expect(parts.read(0)).resolves.toBeUndefined();
  vi.setSystemTime(START + 10_000);
  good = [2];
  await expect(parts.read(0)).resolves.toBeUndefined();
  expect(given.count).toBe(2);
});
