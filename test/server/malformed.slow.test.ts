import { beforeAll, describe, expect, it } from 'vitest';
import { bytesInUse } from './bytes-in-use.ts';
import { sendMalformed } from './send-malformed.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const MIB = 2 ** 20;

let server: PreparedServer;

beforeAll(async () => {
  server = await startPreparedServer();
});

describe('malformed requests', () => {
  it('never fail the server, nor make it grow', async () => {
    await sendMalformed(server, 2000);
    const before = bytesInUse();
    await sendMalformed(server, 10_000);
    // A kilobyte a request that was kept would be a tenth of this.
    expect(bytesInUse() - before).toBeLessThan(100 * MIB);
  });
});
