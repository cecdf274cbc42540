/** The files below an address of a store or a hub. */
import { CorpusError } from '../errors.ts';
import { listObjects } from '../parts/s3/list-objects.ts';
import { encodePath, formatHf, hfEndpoint, isHf, parseHf } from '../readers/bytes/remote/hf.ts';
import { askAddress } from '../readers/bytes/remote/http-source.ts';
import { isS3, parseS3 } from '../readers/bytes/remote/s3.ts';

/** A file of a store or a hub. */
export interface RemoteFile {
  readonly location: string;
  readonly bytes: number;
}

/**
 * Lists the files that an address of a store or a hub stands for: the file itself, or all below it.
 *
 * @returns undefined if the address is neither in a store nor on a hub: then it is a file.
 * @throws {CorpusError} if it cannot be asked.
 */
export async function listRemote(location: string): Promise<readonly RemoteFile[] | undefined> {
  if (isS3(location)) return listS3(location);
  if (isHf(location)) return listHf(location);
  return undefined;
}

async function listS3(location: string): Promise<RemoteFile[]> {
  const { bucket, name } = parseS3(location);
  const objects = await listObjects(
    location,
    { prefix: name },
    async (query) => (await askAddress(location, { query })).text,
  );
  const files = objects.flatMap(({ name: key, bytes }) => {
    // `data` names an object of that name, or what is in the folder `data`, but not `data-2`.
    const isMeant = key === name || name === '' || name.endsWith('/') || key.startsWith(`${name}/`);
    return isMeant && !key.endsWith('/') ? [{ location: `s3://${bucket}/${key}`, bytes }] : [];
  });
  const exact = files.find((file) => file.location === `s3://${bucket}/${name}`);
  return exact === undefined ? files : [exact];
}

/** An entry of a hub's list of files. */
interface HfEntry {
  readonly type: string;
  readonly path: string;
  readonly size?: number;
}

// The commit is taken once, so that all files are of one, and stay so until the scan is done.
async function listHf(location: string): Promise<RemoteFile[]> {
  const { repository, revision, path } = parseHf(location);
  const api = `${hfEndpoint()}/api/datasets/${repository}`;
  const about = await askAddress(location, { url: `${api}/revision/${encodeURIComponent(revision)}` });
  const { sha } = parse<{ sha?: unknown }>(location, about.text);
  if (typeof sha !== 'string')
    throw new CorpusError('unreadable', `${location}: the hub names no commit`, { reason: 'failed' });
  const files = await treeOf(location, `${api}/tree/${sha}`, path);
  const found = files.map((entry) => ({
    location: formatHf({ repository, revision: sha, path: entry.path }),
    bytes: entry.size ?? 0,
  }));
  if (found.length > 0 || path === '') return found;
  // The list of a file is empty, or none: it stands in that of its folder.
  const folder = path.split('/').slice(0, -1).join('/');
  const beside = await treeOf(location, `${api}/tree/${sha}`, folder);
  return beside
    .filter((entry) => entry.path === path)
    .map((entry) => ({ location: formatHf({ repository, revision: sha, path }), bytes: entry.size ?? 0 }));
}

async function treeOf(location: string, tree: string, path: string): Promise<HfEntry[]> {
  const entries: HfEntry[] = [];
  let url: string | undefined = `${tree}${path === '' ? '' : `/${encodePath(path)}`}?recursive=true`;
  while (url !== undefined) {
    let page: { readonly text: string; readonly next?: string };
    try {
      page = await askAddress(location, { url });
    } catch (error) {
      if (error instanceof CorpusError && error.reason === 'missing' && path !== '') return entries;
      throw error;
    }
    const list = parse<unknown>(location, page.text);
    if (Array.isArray(list)) entries.push(...list.filter((entry: HfEntry) => entry.type === 'file'));
    url = page.next;
  }
  return entries;
}

function parse<T>(location: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new CorpusError('unreadable', `${location}: the hub's answer is not valid JSON`, {
      cause,
      reason: 'failed',
    });
  }
}
