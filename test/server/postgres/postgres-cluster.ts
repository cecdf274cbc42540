/** PostgreSQL on this one machine, in a directory of its own: nothing of one that may be installed is touched. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingProgram, succeeds } from '../../support/debian.ts';

const INSTALLED = '/usr/lib/postgresql';
/** It refuses to be run by root. */
const OWNER = 'postgres';

/** Why there is no PostgreSQL, or undefined if there is one. */
export const missingPostgres: string | undefined = missingProgram(
  () => binaries() !== undefined,
  ['postgresql'],
);

/** A running PostgreSQL. */
export interface PostgresCluster {
  /** What a server or worker is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Stops it as an operator would, breaking off what is under way, and starts it again. */
  restart(): Promise<void>;
  /** Does something while it is stopped. */
  whileAway(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** A disk that a cluster is put on, in a mount namespace of its own. */
export interface SmallDisk {
  /** What a program is run by, so that it sees the disk. */
  readonly prefix: readonly string[];
  /** Mounts it on an empty directory. */
  mount(directory: string): void;
}

/** Starts PostgreSQL behind a socket in its own directory, its files on a disk of the test's choice. */
export async function startPostgres(disk?: SmallDisk): Promise<PostgresCluster> {
  const bin = binaries() ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'countermark-postgres-'));
  const user = process.getuid?.() === 0 ? ownerIds() : undefined;
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const files = join(directory, 'files');
  // Who enters a namespace has to be root, and is the owner afterwards.
  const owner = disk === undefined ? user : undefined;
  const prefixed = (program: string, args: readonly string[]): [string, string[]] => {
    const [first = program, ...rest] = [...(disk?.prefix ?? []), program, ...args];
    return [first, rest];
  };
  if (disk !== undefined) {
    mkdirSync(files);
    disk.mount(files);
  }
  const options = [
    '-D',
    files,
    '-U',
    'countermark',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ];
  execFileSync(...prefixed(join(bin, 'initdb'), options), { ...owner, cwd: directory, stdio: 'ignore' });
  const begin = async (): Promise<ChildProcess> => {
    const args = ['-D', files, '-k', directory, '-h', '', '-F'];
    const child = spawn(...prefixed(join(bin, 'postgres'), args), {
      ...owner,
      cwd: directory,
      stdio: 'ignore',
    });
    const isUp = (): boolean => succeeds(join(bin, 'pg_isready'), ['-q', '-h', directory, '-d', 'postgres']);
    for (const end = Date.now() + 240_000; !isUp(); await sleep(100)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error('PostgreSQL does not start');
    }
    return child;
  };
  let child = await begin();
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await closed;
  };
  const data = join(directory, 'data');
  mkdirSync(data);
  return {
    env: {
      DATABASE_URL: `postgres://countermark@localhost/postgres?host=${encodeURIComponent(directory)}`,
      COUNTERMARK_DATA: data,
      COUNTERMARK_MASTER_KEY: randomBytes(32).toString('base64url'),
    },
    async restart() {
      await stop();
      child = await begin();
    },
    async whileAway(work) {
      await stop();
      try {
        await work();
      } finally {
        child = await begin();
      }
    },
    async stop() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function binaries(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

/** Who runs PostgreSQL where the tests are root's. */
export function ownerIds(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, OWNER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
