import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom } from '../../support/random-key.ts';

const directory = makeDirectory();
const certificate = join(directory, 'certificate.pem');
const secret = join(directory, 'certificate.key');
const made = spawnSync('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
  ...[
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    secret,
    '-out',
    certificate,
  ],
]);

describe.skipIf(made.status !== 0)('countermark scan of an https address (needs openssl)', () => {
  const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('redirects', 1000));
  const seen: string[] = [];
  let plain: Server;
  let secure: Server;

  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  let address: string;

  beforeAll(async () => {
    plain = createPlainServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('{"ids":[1,2,3]}\n');
    });
    const target = await listen(plain);
    const answer: RequestListener = (request, response) => {
      const sent = { '/down.jsonl': `http://${target}/a.jsonl`, '/on.jsonl': '/a.jsonl' }[request.url ?? ''];
      if (sent === undefined) response.end('{"ids":[1,2,3]}\n');
      else response.writeHead(302, { location: sent }).end();
    };
    secure = createServer({ key: readFileSync(secret), cert: readFileSync(certificate) }, answer);
    address = `https://${await listen(secure)}`;
  }, PATIENCE_MS);

  afterAll(() => {
    plain.close();
    secure.close();
  });

  function scan(name: string): ReturnType<typeof run> {
    const args = ['--key', keyFile, '--ids-field', 'ids', '--out', join(directory, `out-${name}`)];
    return run(['scan', `${address}/${name}.jsonl`, ...args], { env: { NODE_EXTRA_CA_CERTS: certificate } });
  }

  it('follows its server to another https address', async () => {
    expect(await scan('on')).toMatchObject({ status: 0 });
  });

  it('does not follow it to one that is not https', async () => {
    const { status, stderr } = await scan('down');
    expect(status).toBe(74);
    expect(stderr).toMatch(/the server redirects to an address that is not https\n$/);
    expect(seen).toEqual([]);
  });
});
