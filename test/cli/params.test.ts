import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, runJson, runWarm } from './command.ts';
import { demoKey, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const key = await demoKey(1);
const keyFile = writeKey(join(directory, 'vendor.key'), key);

describe('params', () => {
  it('prints the public part, and beside it the commitment', async () => {
    const { status, stdout, stderr } = await run(['params', '--key', keyFile]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: `commitment ${key.commitment}\n` });
    expect(JSON.parse(stdout)).toEqual(key.toJSON());
    expect(JSON.parse(stdout)).not.toHaveProperty('secret');
  });

  it('prints both as one line of JSON', async () => {
    expect(await runJson(['params', '--key', keyFile, '--format', 'json'])).toEqual({
      ...key.toJSON(),
      commitment: key.commitment,
    });
  });

  it('never prints the secret', async () => {
    const { stdout } = await runWarm(['params', '--key', keyFile]);
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      expect(stdout).not.toContain(Buffer.from(key.exportSecret()).toString(encoding));
    }
  });
});
