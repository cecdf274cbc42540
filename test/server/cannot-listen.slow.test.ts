/** An address that cannot be listened on. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createLogger, readSettings, SettingsError, startServer } from '@countermark/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDirectory } from '../cli/fixtures.ts';

const directory = makeDirectory();
const taken = createServer();
let port: number;

beforeAll(async () => {
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  ({ port } = taken.address() as AddressInfo);
});

afterAll(() => new Promise((resolve) => taken.close(resolve)));

function start(name: string, host: string, onPort: number) {
  const settings = readSettings({
    COUNTERMARK_DATA: join(directory, name),
    COUNTERMARK_LOG_LEVEL: 'silent',
    COUNTERMARK_HOST: host,
    COUNTERMARK_PORT: String(onPort),
  });
  return startServer(settings, createLogger(settings));
}

describe('a server whose address cannot be listened on', () => {
  it('says which, and which setting chooses another; and lets go of its data', async () => {
    const failed = start('taken', '127.0.0.1', port);
    await expect(failed).rejects.toThrow(SettingsError);
    await expect(failed).rejects.toThrow(`127.0.0.1:${port} is in use; COUNTERMARK_PORT names another port`);
    expect(existsSync(join(directory, 'taken', 'lock'))).toBe(false);
  });

  it('says so of an address that is none of this machine', async () => {
    // RFC 5737: for documentation, on no machine.
    const failed = start('elsewhere', '192.0.2.1', 0);
    await expect(failed).rejects.toThrow(
      '192.0.2.1:0 is no address of this machine; COUNTERMARK_HOST names another',
    );
  });
});
