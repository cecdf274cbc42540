/** Servers in PID namespaces of their own, as containers have them: in each the server is process 1 or 2, as in every other. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, type Ended, endOf } from '../cli/command.ts';

// In a user's own namespaces, where the system grants them.
const namespaces = ['--user', '--map-root-user', '--pid', '--mount-proc', '--fork', '--kill-child'];
const grants = spawnSync('unshare', [...namespaces, 'true']).status === 0;

interface Contained {
  readonly url: string;
  readonly ended: Promise<Ended>;
  /** The server's own process id, as it is out here. */
  readonly pid: number;
}

describe.skipIf(!grants)('servers of several PID namespaces on one directory (needs unshare)', () => {
  const data = mkdtempSync(join(tmpdir(), 'countermark-containers-'));
  const children: ChildProcess[] = [];
  let token: string;
  let first: Contained;

  function contain(): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const serve = [process.execPath, COMMAND, 'serve', '--port', '0', '--data', data];
    const env = { ...process.env, COUNTERMARK_THREADS: '1', COUNTERMARK_DRAIN_MS: '2000' };
    const child = spawn('unshare', [...namespaces, ...serve], { env });
    children.push(child);
    return { child, ended: endOf(child) };
  }

  async function start(): Promise<Contained> {
    const { child, ended } = contain();
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (chunk) => {
        const [, found] = /listening on (.*)/.exec(String(chunk)) ?? [];
        if (found !== undefined) resolve(found);
      });
      ended.then(({ status, stderr }) => reject(new Error(`it ended with ${status}: ${stderr}`)), reject);
    });
    const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      .split(' ')
      .map(Number);
    if (pid === undefined) throw new Error('the namespace has no process');
    return { url, ended, pid };
  }

  const add = (url: string, label: string): Promise<Response> =>
    fetch(`${url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ label, tokenizer: 'demo' }),
    });

  const labels = async (url: string): Promise<string[]> => {
    const response = await fetch(`${url}/v1/keys`, { headers: { authorization: `Bearer ${token}` } });
    const { data: keys } = (await response.json()) as { data: { label: string }[] };
    return keys.map(({ label }) => label);
  };

  beforeAll(async () => {
    first = await start();
    token = readFileSync(join(data, 'admin-api-key'), 'utf8').trim();
    expect((await add(first.url, 'one')).status).toBe(201);
  });

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  });

  it('refuses the second while the first lives', async () => {
    const { status, stderr } = await contain().ended;
    expect(status).toBe(2);
    expect(stderr).toMatch(/in use by process \d+/);
    expect((await add(first.url, 'two')).status).toBe(201);
  });

  it('gives the directory to another where the first is stopped, and no key that either acknowledged is lost', async () => {
    process.kill(first.pid, 'SIGSTOP');
    const second = await start();
    expect((await add(second.url, 'three')).status).toBe(201);
    process.kill(first.pid, 'SIGCONT');
    const late = await add(first.url, 'never').then(
      ({ status }) => status,
      () => 'no answer',
    );
    expect(late).not.toBe(201);
    expect((await first.ended).status).toBe(70);
    expect(await labels(second.url)).toEqual(['demo', 'one', 'two', 'three']);
    process.kill(second.pid, 'SIGKILL');
    await second.ended;
    const third = await start();
    expect(await labels(third.url)).toEqual(['demo', 'one', 'two', 'three']);
  });
});
