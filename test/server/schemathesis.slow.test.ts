/** A running server against its own OpenAPI document, by somebody else's generator: schemathesis of PyPI, in a virtual environment. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingProgram } from '../support/debian.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const PACKAGE = 'schemathesis==4.32.5';
const EXAMPLES = 25;
/**
 * Not asked for: that all which the schema allows is accepted. A schema cannot say that either of two fields has to be there, which names are a
 * server's, or that a text fits in a model.
 */
const NOT_CHECKED = 'positive_data_acceptance';

const directory = mkdtempSync(join(tmpdir(), 'countermark-schemathesis-'));
const missing = missingProgram(
  () => spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0,
  ['python3-venv'],
);

function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    }
    child.on('close', (status) => resolve({ status, said }));
  });
}

describe.skipIf(missing !== undefined)(`schemathesis (${missing ?? PACKAGE})`, () => {
  const bin = join(directory, 'venv', 'bin');
  let server: PreparedServer;

  beforeAll(async () => {
    await run('python3', ['-m', 'venv', join(directory, 'venv')]);
    const installed = await run(join(bin, 'pip'), ['install', '--quiet', PACKAGE]);
    expect(installed.status, installed.said).toBe(0);
    server = await startPreparedServer({
      COUNTERMARK_SCAN_WORKER: '0',
      COUNTERMARK_THREADS: '1',
      COUNTERMARK_PUBLIC_BUDGET: '1000000',
      COUNTERMARK_PUBLIC_TOTAL: '1000000',
      COUNTERMARK_RETENTION_HOURS: '1',
    });
  }, 600_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

  it.each([
    ['an API key of all scopes', (): string | undefined => server.adminToken],
    ['no API key', (): string | undefined => undefined],
  ] as const)(
    'finds no server error and no answer that is not as documented, with %s',
    async (_, tokenOf) => {
      const token = tokenOf();
      const { status, said } = await run(join(bin, 'schemathesis'), [
        'run',
        `${server.url}/openapi.json`,
        ...(token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`]),
        ...['--checks', 'all', '--exclude-checks', NOT_CHECKED],
        ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(EXAMPLES)],
        ...[
          '--generation-deterministic',
          '--request-timeout',
          '240',
          '--max-response-time',
          '240',
          '--no-color',
        ],
        // One does not end while its scan waits; the other is a WebSocket.
        ...['--exclude-path-regex', '/events$|/stream$'],
      ]);
      expect(said).toMatch(/Tested: +\d\d/);
      expect(status, said.slice(-12_000)).toBe(0);
      expect((await server.call('/healthz')).status).toBe(200);
    },
  );
});
