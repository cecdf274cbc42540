/** Credentials for stores that somebody else has to be asked for: web identities, roles of profiles, single sign-on, commands. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCredentials } from '@countermark/corpus/driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signatureOf } from '../cluster/signature.ts';
import {
  enterAwsWorld,
  HOUR,
  leaveAwsWorld,
  START,
  startNumberedStore,
  startPublicStore,
  textsAt,
  writeProfiles,
} from './aws-world.ts';
import { makeDirectory } from './read-all.ts';
import { startServer } from './scripted-server.ts';

let home = '';
beforeEach(() => {
  home = enterAwsWorld();
});
afterEach(leaveAwsWorld);

/** What STS was asked: its fields, and the id and token of the credentials that asked, if their signature is right. */
interface Asked {
  readonly fields: Readonly<Record<string, string>>;
  readonly by?: string | undefined;
  readonly token?: string | undefined;
  readonly region?: string | undefined;
}

const SECRETS: Readonly<Record<string, string>> = { AKIDBASE: 'base/secret', AKIDENV: 'env+secret' };

/** A Security Token Service: it numbers what it gives, and checks signatures. */
async function startSts(refuse: () => { status: number; code: string } | undefined = () => undefined) {
  const asked: Asked[] = [];
  let number = 0;
  const server = await startServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const fields = Object.fromEntries(new URLSearchParams(body.toString()));
    const [, id = '', signature] =
      /Credential=([^/]+)\/.*Signature=([0-9a-f]+)$/.exec(request.headers.authorization ?? '') ?? [];
    const secret = SECRETS[id] ?? `secret-${id.slice(2)}`;
    const right = signatureOf(request, new URL(request.url ?? '', server.origin), body, {
      service: 'sts',
      secret,
    });
    const isSigned = signature !== undefined && signature === right.signature;
    asked.push({
      fields,
      by: isSigned ? id : undefined,
      token: request.headers['x-amz-security-token'] as string | undefined,
      region: right.region,
    });
    const fault = refuse();
    const isOpen = fields['Action'] === 'AssumeRoleWithWebIdentity';
    if (fault !== undefined || !(isOpen || isSigned)) {
      const { status, code } = fault ?? { status: 403, code: 'SignatureDoesNotMatch' };
      response.writeHead(status).end(`<Error><Code>${code}</Code><Message>secret</Message></Error>`);
      return;
    }
    number++;
    response.end(
      `<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Credentials><SessionToken>token-${number}</SessionToken>` +
        `<SecretAccessKey>secret-${number}</SecretAccessKey><Expiration>${new Date(Date.now() + HOUR).toISOString()}</Expiration>` +
        `<AccessKeyId>ID${number}</AccessKeyId></Credentials></R>`,
    );
  });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', server.origin);
  return { asked, server };
}

describe('a web identity of the environment', () => {
  it('gives credentials of its role, by the token of the moment, and again before they expire', async () => {
    const { asked } = await startSts();
    const file = join(makeDirectory(), 'token');
    writeFileSync(file, 'jwt-1\n');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/scanner');
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'night');
    // What a profile has comes after it.
    writeProfiles('[default]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base/secret\n');
    let good = [1];
    const { requests } = await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.at(-1)?.headers.authorization).toContain('Credential=ID1/');
    expect(asked).toMatchObject([
      {
        fields: {
          Action: 'AssumeRoleWithWebIdentity',
          Version: '2011-06-15',
          RoleArn: 'arn:aws:iam::1:role/scanner',
          RoleSessionName: 'night',
          WebIdentityToken: 'jwt-1',
        },
        by: undefined,
      },
    ]);
    writeFileSync(file, 'jwt-2\n');
    good = [2];
    vi.setSystemTime(START + HOUR - 299_000);
    const all = await Promise.all(Array.from({ length: 4 }, async () => textsAt('s3://bucket/a.jsonl')));
    expect(all).toEqual(all.map(() => ['one', 'two']));
    expect(asked.map(({ fields }) => fields['WebIdentityToken'])).toEqual(['jwt-1', 'jwt-2']);
    // Revoked in mid-scan, long before their time.
    good = [3];
    vi.setSystemTime(START + HOUR);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(asked).toHaveLength(3);
  });

  it('ends the scan where it gives none, with the word of STS and no secret', async () => {
    await startSts(() => ({ status: 403, code: 'AccessDenied' }));
    const file = join(makeDirectory(), 'token');
    writeFileSync(file, 'jwt-secret');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/scanner');
    const failure = findCredentials();
    await expect(failure).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(failure).rejects.toThrow(
      'STS, which is asked for the role of AWS_ROLE_ARN, answers 403 (AccessDenied)',
    );
    await expect(failure).rejects.not.toThrow(/secret/);
    writeFileSync(file, '');
    await expect(findCredentials()).rejects.toThrow('holds no token of a web identity');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(makeDirectory(), 'none'));
    await expect(findCredentials()).rejects.toThrow('cannot be read');
  });

  it('is asked again where STS or the identity behind it fails for a moment', async () => {
    const faults = [
      { status: 503, code: 'ServiceUnavailable' },
      { status: 400, code: 'IDPCommunicationError' },
    ];
    await startSts(() => faults.shift());
    const file = join(makeDirectory(), 'token');
    writeFileSync(file, 'jwt');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/scanner');
    expect(await findCredentials()).toMatchObject({ accessKeyId: 'ID1', sessionToken: 'token-1' });
    expect(faults).toEqual([]);
  });

  it('sends its token to nobody who can be overheard', async () => {
    const file = join(makeDirectory(), 'token');
    writeFileSync(file, 'jwt');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/scanner');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://10.0.0.1');
    await expect(findCredentials()).rejects.toThrow('AWS_ENDPOINT_URL_STS) expected https, or this machine');
  });
});

const BASE = '[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base/secret\n';

describe('a role of a profile', () => {
  it('is asked for with the keys of its source, signed for the region, and again before they expire', async () => {
    const { asked } = await startSts();
    vi.stubEnv('AWS_PROFILE', 'audit');
    writeProfiles(
      `${BASE}[profile audit]\nregion = eu-central-7\nrole_arn = arn:aws:iam::2:role/audit\nsource_profile = base\n` +
        'external_id = ours\nrole_session_name = night\nduration_seconds = 3600\n',
    );
    let good = [1];
    await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(asked).toEqual([
      {
        fields: {
          Action: 'AssumeRole',
          Version: '2011-06-15',
          RoleArn: 'arn:aws:iam::2:role/audit',
          RoleSessionName: 'night',
          ExternalId: 'ours',
          DurationSeconds: '3600',
        },
        by: 'AKIDBASE',
        token: undefined,
        region: 'eu-central-7',
      },
    ]);
    good = [2];
    vi.setSystemTime(START + HOUR - 1000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(asked).toHaveLength(2);
  });

  it('is asked for by another role, that is asked for by a web identity', async () => {
    const { asked } = await startSts();
    const file = join(makeDirectory(), 'token');
    writeFileSync(file, 'jwt');
    vi.stubEnv('AWS_PROFILE', 'second');
    writeProfiles(
      `[profile first]\nrole_arn = arn:first\nweb_identity_token_file = ${file}\n` +
        '[profile second]\nrole_arn = arn:second\nsource_profile = first\n',
    );
    expect(await findCredentials()).toMatchObject({ accessKeyId: 'ID2' });
    expect(asked).toMatchObject([
      { fields: { Action: 'AssumeRoleWithWebIdentity', RoleArn: 'arn:first' } },
      { fields: { Action: 'AssumeRole', RoleArn: 'arn:second' }, by: 'ID1', token: 'token-1' },
    ]);
    expect(asked[1]?.fields['RoleSessionName']).toMatch(/^countermark-\d+$/);
  });

  it('may be asked for with its own keys, or those of a container', async () => {
    const { asked } = await startSts();
    writeProfiles(
      '[default]\nrole_arn = arn:a\nsource_profile = default\naws_access_key_id = AKIDBASE\naws_secret_access_key = base/secret\n',
    );
    await findCredentials();
    expect(asked.at(-1)).toMatchObject({ fields: { RoleArn: 'arn:a' }, by: 'AKIDBASE' });
    const container = await startServer((_, response) =>
      response.end(JSON.stringify({ AccessKeyId: 'AKIDENV', SecretAccessKey: 'env+secret', Token: 't' })),
    );
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', container.origin);
    writeProfiles('[default]\nrole_arn = arn:b\ncredential_source = EcsContainer\n');
    await findCredentials();
    expect(asked.at(-1)).toMatchObject({ fields: { RoleArn: 'arn:b' }, by: 'AKIDENV', token: 't' });
  });

  it.each([
    ['role_arn = a\nsource_profile = gone', 'the profile gone is in no file of profiles'],
    [
      'role_arn = a\nsource_profile = x\n[profile x]\nrole_arn = b\nsource_profile = default',
      'leads back to itself',
    ],
    ['role_arn = a\nsource_profile = x\n[profile x]\nregion = b', 'its source_profile x has no credentials'],
    ['role_arn = a', 'nobody who asks for it: no source_profile'],
    ['role_arn = a\ncredential_source = Moon', 'credential_source expected Environment, EcsContainer'],
    ['role_arn = a\ncredential_source = Environment', 'there are no credentials in the environment'],
    ['role_arn = a\nsource_profile = default\nmfa_serial = m', 'asks for a code (mfa_serial)'],
    ['sso_account_id = 1\nsso_role_name = r', 'the profile default has no sso_start_url'],
    ['sso_session = s\nsso_account_id = 1', 'the sso-session s has no sso_start_url'],
  ])('is refused where it is %j', async (text, why) => {
    writeProfiles(`[default]\n${text}\n`);
    await expect(findCredentials()).rejects.toMatchObject({ code: 'unreadable', reason: 'denied' });
    await expect(findCredentials()).rejects.toThrow(why);
  });

  it('is refused where somebody named a profile that is nowhere, and none where nobody did', async () => {
    writeProfiles(BASE);
    expect(await findCredentials()).toBeUndefined();
    vi.stubEnv('AWS_PROFILE', 'bas');
    await expect(findCredentials()).rejects.toThrow('the profile bas is in no file of profiles');
  });
});

describe('a single sign-on', () => {
  const signIn = (key: string, expiresAt: string, accessToken = 'sso-secret'): void => {
    const cache = join(home, '.aws', 'sso', 'cache');
    mkdirSync(cache, { recursive: true });
    const name = createHash('sha1').update(key).digest('hex');
    writeFileSync(join(cache, `${name}.json`), JSON.stringify({ accessToken, expiresAt }));
  };
  const portal = async () => {
    let number = 0;
    const server = await startServer((request, response) => {
      const token = request.headers['x-amz-sso_bearer_token'];
      if (token === 'revoked') return void response.writeHead(401).end('{"message":"secret"}');
      if (token === 'foreign') return void response.writeHead(403).end('{"message":"secret"}');
      number++;
      const roleCredentials = {
        accessKeyId: `ID${number}`,
        secretAccessKey: 's',
        sessionToken: `token-${number}`,
        expiration: Date.now() + HOUR,
      };
      response.end(JSON.stringify({ roleCredentials }));
    });
    vi.stubEnv('AWS_ENDPOINT_URL_SSO', server.origin);
    return server;
  };

  it.each([
    [
      'a session',
      'corp',
      'sso_session = corp\n',
      '[sso-session corp]\nsso_start_url = https://u\nsso_region = eu-1\n',
    ],
    ['the older form', 'https://u', 'sso_start_url = https://u\nsso_region = eu-1\n', ''],
  ])('gives credentials of its role, by %s', async (_, key, own, session) => {
    const { requests } = await portal();
    writeProfiles(`[profile p]\n${own}sso_account_id = 12\nsso_role_name = Read Only\n${session}`);
    vi.stubEnv('AWS_PROFILE', 'p');
    signIn(key, '2026-03-04T20:00:00Z');
    let good = [1];
    await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.map(({ url }) => url)).toEqual([
      '/federation/credentials?role_name=Read+Only&account_id=12',
    ]);
    expect(requests[0]?.headers['x-amz-sso_bearer_token']).toBe('sso-secret');
    good = [2];
    vi.setSystemTime(START + HOUR - 1000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests).toHaveLength(2);
  });

  it('says to sign in where nobody has, or no longer, and goes on then', async () => {
    const { requests } = await portal();
    writeProfiles(
      '[profile p]\nsso_start_url = u\nsso_region = eu-1\nsso_account_id = 12\nsso_role_name = r\n',
    );
    vi.stubEnv('AWS_PROFILE', 'p');
    const line = 'run `aws sso login --profile p`';
    await expect(findCredentials()).rejects.toThrow(line);
    signIn('u', '2026-03-04T11:59:59UTC');
    await expect(findCredentials()).rejects.toThrow(line);
    expect(requests).toHaveLength(0);
    signIn('u', '2026-03-04T13:00:00Z', 'revoked');
    const revoked = findCredentials();
    await expect(revoked).rejects.toThrow(line);
    await expect(revoked).rejects.not.toThrow(/secret|revoked/);
    signIn('u', '2026-03-04T13:00:00Z', 'foreign');
    await expect(findCredentials()).rejects.toThrow('the single sign-on of the profile p answers 403');
    signIn('u', '2026-03-04T13:00:00UTC');
    expect(await findCredentials()).toMatchObject({ accessKeyId: 'ID1', expiresMs: START + HOUR });
  });
});

describe('a command of a profile', () => {
  const command = (text: string): void => writeProfiles(`[default]\ncredential_process = ${text}\n`);

  it('prints credentials, and is run again before they expire', async () => {
    const directory = makeDirectory();
    const script = join(directory, 'give.cjs');
    writeFileSync(
      script,
      `const fs = require('node:fs'); const path = ${JSON.stringify(join(directory, 'count'))};
fs.appendFileSync(path, 'x'); const number = fs.readFileSync(path).length;
console.log(JSON.stringify({ Version: 1, AccessKeyId: 'ID' + number, SecretAccessKey: 's', SessionToken: 'token-' + number,
  Expiration: new Date(${START} + number * ${HOUR}).toISOString() }));`,
    );
    command(`"${process.execPath}" "${script}" for-us`);
    let good = [1];
    await startNumberedStore(() => good);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    good = [2];
    vi.setSystemTime(START + HOUR - 1000);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(await findCredentials()).toMatchObject({ accessKeyId: 'ID2' });
  });

  it.each([
    [
      'echo secret >&2; exit 3 # --password=secret',
      'the credential_process of the profile default ends with status 3',
    ],
    ['echo secret', 'prints no credentials of version 1'],
    [`echo '{"Version":1,"AccessKeyId":"secret"}'`, 'answers without credentials'],
  ])('ends the scan where it is %j, and tells nothing of it', async (text, why) => {
    command(text);
    const failure = findCredentials();
    await expect(failure).rejects.toThrow(why);
    await expect(failure).rejects.toSatisfy(
      (error: Error) => !`${error.message}${error.cause}`.includes('secret'),
    );
  });
});

describe('the address of a store', () => {
  it('is that of the services of the profile, or of the profile', async () => {
    const store = await startPublicStore();
    vi.stubEnv('AWS_ENDPOINT_URL_S3', '');
    writeProfiles(
      `[default]\nservices = ours\nendpoint_url = http://127.0.0.1:1\n[services ours]\nsts =\n  endpoint_url = http://127.0.0.1:2\ns3 =\n  endpoint_url = ${store.origin}/\n`,
    );
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    writeProfiles(`[default]\nendpoint_url = ${store.origin}\n`);
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
  });
});

describe('AWS_NO_SIGN_REQUEST', () => {
  it('reads a public bucket unsigned, and asks nobody for credentials', async () => {
    const { requests } = await startPublicStore();
    const metadata = await startServer((_, response) => response.end());
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'false');
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.origin);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'env+secret');
    vi.stubEnv('AWS_NO_SIGN_REQUEST', 'yes');
    expect(await textsAt('s3://bucket/a.jsonl')).toEqual(['one', 'two']);
    expect(requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    expect(metadata.requests).toEqual([]);
    vi.stubEnv('AWS_NO_SIGN_REQUEST', 'no');
    await textsAt('s3://bucket/a.jsonl');
    expect(requests.at(-1)?.headers.authorization).toContain('Credential=AKIDENV/');
    vi.stubEnv('AWS_NO_SIGN_REQUEST', 'maybe');
    await expect(textsAt('s3://bucket/a.jsonl')).rejects.toThrow('AWS_NO_SIGN_REQUEST expected yes or no');
  });
});
