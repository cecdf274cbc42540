/** The master key: mounted, missing, replaced. */
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, openStore, readSettings, rotateMasterKey, type Store } from '@countermark/server';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/command.ts';
import { makeDirectory } from '../cli/fixtures.ts';
import { runServer } from './test-server.ts';

const ACCOUNTS = ['reader-1', 'reader-2'];
const TOKENIZER = { name: 'demo', vocabSize: 4096, fingerprint: '1'.repeat(64) };

const settingsOf = (data: string, env: Record<string, string> = {}) =>
  readSettings({ COUNTERMARK_DATA: data, COUNTERMARK_LOG_LEVEL: 'silent', ...env });
const logger = createLogger(settingsOf(''));
const open = (data: string, env?: Record<string, string>): Promise<Store> =>
  openStore(settingsOf(data, env), logger);
const newKey = (): WatermarkKey => new WatermarkKey(createParams({ tokenizer: TOKENIZER }));

describe('a master key', () => {
  const directory = makeDirectory();
  const data = join(directory, 'data');
  const own = join(data, 'master.key');
  const keys = [newKey(), newKey()];

  beforeAll(async () => {
    const store = await open(data);
    for (const [i, key] of keys.entries()) await store.keys.add(key, `label-${i}`, false);
    await store.accounts.add(ACCOUNTS);
    await store.close();
  });

  const opensAll = async (env?: Record<string, string>): Promise<void> => {
    const store = await open(data, env);
    try {
      for (const key of keys) {
        expect((await store.keys.open(key.keyId))?.exportSecret()).toEqual(key.exportSecret());
      }
      const accounts = await store.accounts.list(0, 10);
      expect(accounts.map(({ id }) => Buffer.from(id).toString())).toEqual(ACCOUNTS);
    } finally {
      await store.close();
    }
  };

  it('that is mounted for the group of the server is taken, and one that the group may change or others read is not', async () => {
    const mounted = join(directory, 'mounted');
    writeFileSync(mounted, readFileSync(own));
    const env = { COUNTERMARK_MASTER_KEY_FILE: mounted };
    for (const mode of [0o440, 0o400, 0o640]) {
      chmodSync(mounted, mode);
      await opensAll(env);
    }
    for (const mode of [0o444, 0o660, 0o604, 0o670, 0o401]) {
      chmodSync(mounted, mode);
      await expect(open(data, env), mode.toString(8)).rejects.toThrow(
        `others than its owner may read it (mode 0${mode.toString(8)})`,
      );
    }
  });

  it('that a restored directory lacks is missed by name, and none is made in its place', async () => {
    renameSync(own, join(directory, 'kept'));
    const message = `${own}: the master key is missing, and the database holds 2 vendor keys sealed under it, lost without it`;
    await expect(open(data)).rejects.toMatchObject({
      name: 'MasterKeyError',
      message: expect.stringContaining(message),
    });
    expect(existsSync(own)).toBe(false);
    const { status, stderr } = await run(['serve', '--port', '0', '--data', data]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(own)).toBe(false);
    renameSync(join(directory, 'kept'), own);
    await opensAll();
  });

  it('is replaced by a command: all keys open under the new one, and none under the old', async () => {
    const old = readFileSync(own, 'utf8');
    const { status, stderr } = await run(['master-key', 'rotate', '--data', data]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('2 vendor keys are sealed under the new master key');
    const current = readFileSync(own, 'utf8');
    expect(current).not.toBe(old);
    expect(stderr).not.toContain(current.trim());
    expect(stderr).not.toContain(old.trim());
    await opensAll();
    // Kept for backups of before.
    const [kept = ''] = readdirSync(data).filter((name) => name.startsWith('master.key.until-'));
    expect(readFileSync(join(data, kept), 'utf8')).toBe(old);
    await expect(open(data, { COUNTERMARK_MASTER_KEY: old.trim() })).rejects.toThrow(/another/);
  });

  it('is in its place after a rotation that was killed before it put it there', async () => {
    const current = readFileSync(own);
    await rotateMasterKey(settingsOf(data), logger);
    // As the kill leaves it: the database is sealed under the new one, which waits beside the old one.
    renameSync(own, `${own}.next`);
    writeFileSync(own, current, { mode: 0o600 });
    await opensAll();
    expect(existsSync(`${own}.next`)).toBe(false);
    // Killed before anything was sealed: the old one holds.
    const before = readFileSync(own, 'utf8');
    writeFileSync(`${own}.next`, `${'B'.repeat(42)}A\n`, { mode: 0o600 });
    await opensAll();
    expect(readFileSync(own, 'utf8')).toBe(before);
    rmSync(`${own}.next`);
  });

  it('that a setting gives is replaced by one in a file that the command makes', async () => {
    const text = readFileSync(own, 'utf8').trim();
    const env = { COUNTERMARK_MASTER_KEY: text };
    await expect(rotateMasterKey(settingsOf(data, env), logger)).rejects.toThrow(
      /name the file of the new one/,
    );
    const file = join(directory, 'new-key');
    const { keys: count, oldFile, unopened } = await rotateMasterKey(settingsOf(data, env), logger, file);
    expect({ count, oldFile, unopened }).toEqual({ count: 2, oldFile: undefined, unopened: [] });
    await opensAll({ COUNTERMARK_MASTER_KEY_FILE: file });
    await expect(open(data, env)).rejects.toThrow(/another/);
    // The next test's server has it where it looks.
    writeFileSync(own, readFileSync(file));
  });

  it('leaves a key as it is that does not open under the old one either, and says which', async () => {
    const store = await open(data);
    const damaged = newKey();
    await store.keys.add(damaged, 'damaged', false);
    await store.database.query(
      "update countermark.watermark_keys set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) where label = 'damaged'",
    );
    await store.close();
    const { keys: count, unopened } = await rotateMasterKey(settingsOf(data), logger);
    expect({ count, unopened }).toEqual({ count: 2, unopened: [damaged.keyId] });
    await opensAll();
  });
});

describe('a server whose master key another process replaces', async () => {
  const server = await runServer();
  afterAll(() => server.close());

  it('is not ready any more, seals nothing under the old one, and says what to do', async () => {
    const token = await server.newToken(['admin']);
    expect((await server.call('/readyz')).status).toBe(200);
    await server.store.database.query('update countermark.master_key set proof = $1', [new Uint8Array(32)]);
    const detail = expect.stringContaining('the master key of the database was rotated');
    const ready = await server.call('/readyz');
    expect(ready).toMatchObject({ status: 503, json: { detail } });
    const body = { label: 'late', tokenizer: 'demo' };
    const made = await server.call('/v1/keys', { token, method: 'POST', body });
    expect(made).toMatchObject({ status: 503, json: { type: '/problems/overloaded', detail } });
    expect(made.headers.get('retry-after')).toBe('60');
    expect(await server.store.keys.list()).toEqual([]);
  });
});
