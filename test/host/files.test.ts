/** Files are written whole, once where that is asked, and flushed with the directories that name them. */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  putOnce,
  removeStale,
  syncDirectory,
  writeThrough,
  writeWhole,
  writeWholeOnce,
} from '@countermark/host';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeDirectory } from '../cli/fixtures.ts';

/** What the file system does: which paths were flushed, and what `link` answers instead of linking. */
const system = vi.hoisted(() => ({ synced: [] as string[], linkCode: undefined as string | undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (...args: Parameters<typeof real.open>) => {
    const handle = await real.open(...args);
    const sync = handle.sync.bind(handle);
    return Object.assign(handle, {
      sync: async () => {
        await sync();
        system.synced.push(String(args[0]));
      },
    });
  };
  const link = async (...args: Parameters<typeof real.link>) => {
    const { linkCode: code } = system;
    if (code !== undefined) throw Object.assign(new Error(code), { code, syscall: 'link' });
    await real.link(...args);
  };
  return { ...real, open, link };
});

let directory: string;
let path: string;

beforeEach(() => {
  directory = makeDirectory();
  path = join(directory, 'file');
  system.synced = [];
  system.linkCode = undefined;
});

describe('writeWhole', () => {
  it('replaces what was there, and flushes the file before the directory', async () => {
    writeFileSync(path, 'before');
    await writeWhole(path, 'after');
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(readdirSync(directory)).toEqual(['file']);
    expect(system.synced).toEqual([
      expect.stringMatching(/\/\.file\.[0-9a-f]{24}\.[0-9a-f]{12}\.tmp$/),
      directory,
    ]);
  });

  it('leaves what was there, and nothing else, where it fails, and names the file', async () => {
    writeFileSync(path, 'before');
    const put = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'rename' }));
    await expect(writeThrough(path, 'after', put)).rejects.toMatchObject({ code: 'ENOSPC', path });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(directory)).toEqual(['file']);
  });
});

describe.each([undefined, 'EPERM', 'ENOTSUP', 'ENOSYS'])(
  'writeWholeOnce where a link answers %s',
  (linkCode) => {
    beforeEach(() => {
      system.linkCode = linkCode;
    });

    it.each(['replace', 'hold'] as const)('writes a new file with its mode: %s', async (withoutLinks) => {
      expect(await writeWholeOnce(path, 'first', { mode: 0o600, withoutLinks })).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe('first');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(directory)).toEqual(['file']);
      expect(system.synced.at(-1)).toBe(directory);
    });

    it("leaves another's file where its name is to be held", async () => {
      await writeWholeOnce(path, 'first', { withoutLinks: 'hold' });
      expect(await writeWholeOnce(path, 'second', { withoutLinks: 'hold' })).toBe(false);
      expect(readFileSync(path, 'utf8')).toBe('first');
      expect(readdirSync(directory)).toEqual(['file']);
    });

    it('lets one of many win, and only one', async () => {
      const values = Array.from({ length: 20 }, (_, i) => `value ${i}`);
      const won = await Promise.all(
        values.map((value) => writeWholeOnce(path, value, { withoutLinks: 'hold' })),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(readFileSync(path, 'utf8')).toBe(values[won.indexOf(true)]);
      expect(readdirSync(directory)).toEqual(['file']);
    });
  },
);

describe('putOnce', () => {
  it('passes on what is no word on names or links', async () => {
    system.linkCode = 'EIO';
    writeFileSync(`${path}.new`, 'x');
    await expect(putOnce(`${path}.new`, path, 'hold')).rejects.toMatchObject({ code: 'EIO' });
    expect(existsSync(path)).toBe(false);
  });
});

describe('syncDirectory', () => {
  it('says where there is no directory', async () => {
    await expect(syncDirectory(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('removeStale', () => {
  it('removes temporary files of a day ago, and nothing else', async () => {
    const old = new Date(Date.now() - 2 * 86_400_000);
    const names = ['.file.0123456789ab.tmp', '.file.0123456789ac.tmp', 'file', '.file.tmp'];
    for (const name of names) writeFileSync(join(directory, name), '');
    for (const name of names.slice(1)) utimesSync(join(directory, name), old, old);
    await removeStale(directory);
    expect(readdirSync(directory).sort()).toEqual(['.file.0123456789ab.tmp', '.file.tmp', 'file']);
  });
});
