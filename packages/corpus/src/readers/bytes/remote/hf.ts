/** Data sets on a hub: addresses and lists of files as its HTTP interface documents them. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CorpusError } from '../../../errors.ts';
import { isGuarded } from '../../../parts/s3/guarded.ts';
import { readToken } from './token.ts';

/** A place in a data set of a hub. */
export interface HfLocation {
  /** `owner/name`, or a name alone. */
  readonly repository: string;
  /** A branch, a tag or a commit; `main` if nobody says. */
  readonly revision: string;
  /** A file or a folder; empty for all. */
  readonly path: string;
}

/** Whether a location is on a hub. */
export function isHf(location: string): boolean {
  return /^hf:\/\//i.test(location);
}

/** The address of the hub: `HF_ENDPOINT`, or the public one. */
export function hfEndpoint(environment: NodeJS.ProcessEnv = process.env): string {
  return (environment['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
}

/** The reader's token, as the hub's own tools find it. It is sent to the hub's endpoint only. */
export function hfToken(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (!isGuarded(new URL(hfEndpoint(environment)).origin)) return undefined;
  const home = environment['HF_HOME'] || join(homedir(), '.cache', 'huggingface');
  const file = environment['HF_TOKEN_PATH'] || join(home, 'token');
  return readToken(environment['HF_TOKEN'], existsSync(file) ? file : undefined);
}

/**
 * Takes apart `hf://datasets/owner/name[@revision][/path]`. A slash in a revision is written `%2F`.
 *
 * @throws {CorpusError} `no-input` if it is no such address.
 */
export function parseHf(location: string): HfLocation {
  const [, repository, revision, path = ''] =
    /^hf:\/\/datasets\/([\w.-]+\/[\w.-]+)(?:@([^/]+))?(?:\/(.*))?$/i.exec(location) ?? [];
  if (repository === undefined)
    throw new CorpusError('no-input', `${location}: expected hf://datasets/owner/name[@revision][/path]`);
  return {
    repository,
    revision: revision === undefined ? 'main' : decodeURIComponent(revision),
    path: path.replace(/\/+$/, ''),
  };
}

/** Writes a place as an address. */
export function formatHf({ repository, revision, path }: HfLocation): string {
  return `hf://datasets/${repository}@${encodeURIComponent(revision)}${path === '' ? '' : `/${path}`}`;
}

/** The address that a file's bytes come from. */
export function hfResolveUrl(location: string): string {
  const { repository, revision, path } = parseHf(location);
  return `${hfEndpoint()}/datasets/${repository}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`;
}

/** Encodes each part of a path. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
