/** A world of stores and services on this machine, in which nothing of the machine's own credentials is asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readShard } from '@countermark/corpus/internal';
import { vi } from 'vitest';
import { makeDirectory } from './read-all.ts';
import { type ScriptedServer, serveBytes, startServer } from './scripted-server.ts';

const LINES = Buffer.from('{"text":"one"}\n{"text":"two"}\n');
const JSONL = { format: 'jsonl', compression: 'none', layout: { kind: 'text', field: 'text' } } as const;

/** When the clock stands that tests set on. */
export const START = Date.parse('2026-03-04T12:00:00Z');
/** What credentials are good for, in milliseconds. */
export const HOUR = 3_600_000;

const OWN = [
  'ACCESS_KEY_ID',
  'SECRET_ACCESS_KEY',
  'SESSION_TOKEN',
  'PROFILE',
  'DEFAULT_PROFILE',
  'REGION',
  'DEFAULT_REGION',
  'ENDPOINT_URL',
  'ENDPOINT_URL_S3',
  'ENDPOINT_URL_STS',
  'ENDPOINT_URL_SSO',
  'NO_SIGN_REQUEST',
  'WEB_IDENTITY_TOKEN_FILE',
  'ROLE_ARN',
  'ROLE_SESSION_NAME',
  'CONTAINER_CREDENTIALS_RELATIVE_URI',
  'CONTAINER_CREDENTIALS_FULL_URI',
  'CONTAINER_AUTHORIZATION_TOKEN',
  'CONTAINER_AUTHORIZATION_TOKEN_FILE',
];

/**
 * Hides what the machine that tests has of its own, and stops the clock at {@link START}.
 *
 * @returns an empty home directory.
 */
export function enterAwsWorld(): string {
  const home = makeDirectory();
  vi.stubEnv('HOME', home);
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, join(home, 'none'));
  for (const name of OWN) vi.stubEnv(`AWS_${name}`, '');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  return home;
}

/** Ends what {@link enterAwsWorld} began. */
export function leaveAwsWorld(): void {
  vi.unstubAllEnvs();
  vi.useRealTimers();
}

/** Writes a file of profiles and names it in the environment. */
export function writeProfiles(text: string, variable = 'AWS_CONFIG_FILE'): void {
  const path = join(makeDirectory(), 'profiles');
  writeFileSync(path, text);
  vi.stubEnv(variable, path);
}

/** Texts of an object that has two lines. */
export async function textsAt(location: string): Promise<unknown[]> {
  const texts: unknown[] = [];
  for await (const batch of readShard({ location, reading: JSONL }))
    for (const { document } of batch) texts.push(...(document?.segments ?? []));
  return texts;
}

/** A store that takes the credentials of some numbers only, and is the one in the environment. */
export async function startNumberedStore(
  good: () => readonly number[],
  onExpired: () => void = () => undefined,
): Promise<ScriptedServer> {
  const server = await startServer((request, response) => {
    const number = Number(/^token-(\d+)$/.exec(String(request.headers['x-amz-security-token']))?.[1]);
    if (good().includes(number)) return serveBytes(request, response, LINES);
    onExpired();
    // Of HEAD, S3 says nothing but the status.
    response.writeHead(400).end('<Error><Code>ExpiredToken</Code></Error>');
  });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.origin);
  return server;
}

/** A store that gives its object to anybody. */
export async function startPublicStore(): Promise<ScriptedServer> {
  const server = await startServer((request, response) => serveBytes(request, response, LINES));
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.origin);
  return server;
}
