/** What a process does after an error that nobody caught. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { headOf, takeSteps } from '../support/socket-steps.ts';
import { startProcess } from './serve-process.ts';

const SECRET = 'text-of-somebody';
// SIGUSR2 throws an error, and SIGPIPE leaves a promise rejected.
const SABOTAGE = [
  `process.on('SIGUSR2',()=>{throw/**/new/**/RangeError('${SECRET}')})`,
  `process.on('SIGPIPE',()=>{Promise.reject(new/**/Error('${SECRET}'))})`,
].join(';');

const directory = mkdtempSync(join(tmpdir(), 'countermark-uncaught-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each(['SIGUSR2', 'SIGPIPE'] as const)(
  'finishes what is under way, takes nothing new, and exits with 70 (%s)',
  async (signal) => {
    const serve = await startProcess('serve', join(directory, signal), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SABOTAGE)}`,
    });
    const body = JSON.stringify({ text: 'a'.repeat(100) });
    const { text } = await takeSteps(serve.url, [
      // A request is under way when the error comes.
      {
        send: headOf('POST', '/v1/detections', {
          'Content-Type': 'application/json',
          'Content-Length': String(body.length),
        }),
      },
      { send: body.slice(0, 50) },
      { wait: () => fetch(`${serve.url}/healthz`) },
      { wait: async () => serve.signal(signal) },
      { wait: () => expect.poll(() => serve.log(), { timeout: 60_000 }).toContain('nobody caught') },
      {
        wait: () =>
          expect
            .poll(() =>
              fetch(serve.url).then(
                () => 'taken',
                () => 'refused',
              ),
            )
            .toBe('refused'),
      },
      // A second error changes nothing.
      { wait: async () => serve.signal(signal) },
      { send: `${body.slice(50)}${headOf('GET', '/readyz', {})}` },
      { until: /the server is stopping/ },
      { untilClosed: true },
    ]);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(await serve.ended).toBe(70);
    expect(serve.log()).toContain(signal === 'SIGUSR2' ? 'RangeError' : 'unhandledRejection');
    expect(serve.log()).not.toContain(SECRET);
  },
);
