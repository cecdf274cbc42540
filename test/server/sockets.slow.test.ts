import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange } from './raw-socket.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const CONNECTIONS = 10_000;

// In a process of its own: a connection takes a file descriptor at each of its ends.
const CLIENT = `
  const { connect } = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  let open = 0;
  const more = () => {
    const socket = connect(port, '127.0.0.1', () => {
      open++;
      if (open + 200 <= count) more();
      if (open === count) console.log('open');
    });
    socket.on('error', (error) => { console.log(error.code); process.exit(1); });
  };
  for (let i = 0; i < Math.min(200, count); i++) more();
`;

let server: PreparedServer;

beforeAll(async () => {
  server = await startPreparedServer();
});

describe('connections', () => {
  it(`may be idle, ${CONNECTIONS} of them, while others are answered`, async () => {
    const { port } = new URL(server.url);
    const client = spawn(process.execPath, ['-e', CLIENT, port, String(CONNECTIONS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = (await once(client.stdout, 'data')) as [Buffer];
      expect(said.toString().trim()).toBe('open');
      const started = performance.now();
      for (let i = 0; i < 20; i++) expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      // Hundreds of times what they take without.
      expect(performance.now() - started).toBeLessThan(10_000);
    } finally {
      client.kill();
      await once(client, 'exit');
    }
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it('are closed where their headers do not come to an end', async () => {
    const started = performance.now();
    const { text, isClosed } = await exchange(server.url, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', {
      timeMs: 30_000,
    });
    expect(isClosed).toBe(true);
    expect(text).toMatch(/^$|^HTTP\/1\.1 408 /);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
