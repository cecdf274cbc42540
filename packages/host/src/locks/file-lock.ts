/**
 * A lock: a file that names its holder, and that its holder renews.
 *
 * A process id says nothing in another container or on another machine, so whoever finds a lock of such a holder watches whether it is
 * renewed, by its modification time and no clock that two have to share. A holder that finds another's lock in the place of its
 * own has lost it, and acknowledges nothing any more.
 */
import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../files/write-whole.ts';
import { programBeside } from '../threads/program.ts';
import { ProgramThread } from '../threads/program-thread.ts';
import { isSameDomain, ownPidDomain, type PidDomain, startOf } from './pid-domain.ts';

/** Thrown where another process holds a lock. */
export class FileLockedError extends Error {
  override readonly name = 'FileLockedError';
  /** Who holds it, in words. */
  readonly holder: string;

  constructor(path: string, holder: string) {
    super(`${path}: held by ${holder}`);
    this.holder = holder;
  }
}

/** Thrown where another process has taken a lock over from this one, or nobody can say. */
export class FileLostError extends Error {
  override readonly name = 'FileLostError';
}

/** A lock that is this process's. */
export interface FileLock {
  /** Resolves where another process has taken the lock over. */
  readonly lost: Promise<void>;
  /**
   * Checks that the lock is still this process's: before something is written under it, and again before that is acknowledged.
   *
   * @throws {FileLostError} if another process has taken it over, or nobody can say.
   */
  check(): Promise<void>;
  /** Gives the lock back, unless it is lost. */
  release(): Promise<void>;
}

/** What the thread that renews a lock is started with. */
export interface RenewalSetup {
  readonly path: string;
  readonly token: string;
  readonly everyMs: number;
  /** Float64Array `[2]`: when the lock was renewed last, in ms of the clock that nobody sets and of the one that goes on in a suspended machine. */
  readonly renewed: SharedArrayBuffer;
}

/** A lock is renewed so often, in ms. */
const RENEW_MS = 1_000;
/** A holder that has not renewed its lock for so long, as after it was stopped, looks whose it is before it goes on. */
const LEASE_MS = 3_000;
/** Who sees a lock of elsewhere unchanged for so long takes it over. */
const STALE_MS = 10_000;
const LOOK_MS = 250;

interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly token: string;
  // What earlier releases wrote has neither a domain nor an inode.
  readonly domain?: PidDomain;
  readonly inode?: string;
}

/** A lock as it is found. */
interface Found {
  readonly holder: Holder | undefined;
  readonly inode: string;
  /** Differs after each renewal. */
  readonly state: string;
}

/**
 * Takes a lock for this process. One that a holder of elsewhere does not renew is taken over, which takes some seconds;
 * that of a process that is gone, at once.
 *
 * @param path of the lock itself, beside or in what it guards.
 * @throws {FileLockedError} if another process has it.
 */
export async function lockFile(path: string): Promise<FileLock> {
  const domain = await ownPidDomain();
  const token = randomUUID();
  const temporary = `${path}.${token}`;
  await writeHolder(temporary, { pid: process.pid, started: await startOf(process.pid), token, domain });
  try {
    for (;;) {
      try {
        await link(temporary, path);
        break;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const found = await find(path);
      if (found === undefined) continue;
      const state = await stateOf(found, domain);
      if (state === 'lives' || (state === 'unknown' && (await isRenewed(path, found)))) {
        throw new FileLockedError(path, named(found.holder));
      }
      await moveAway(path, found, token);
      if (state === 'gone') continue;
      await link(temporary, path).catch(() => undefined);
      // Should its holder live after all, it finds out meanwhile, before anything is read under it.
      await sleep(LEASE_MS);
      if ((await find(path))?.holder?.token === token) break;
    }
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  return new HeldLock(path, token);
}

class HeldLock implements FileLock {
  readonly lost: Promise<void>;
  readonly #path: string;
  readonly #token: string;
  readonly #thread: ProgramThread<object, void>;
  readonly #renewed: Float64Array;
  #isLost = false;

  constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    const renewed = new SharedArrayBuffer(16);
    this.#renewed = new Float64Array(renewed);
    const setup: RenewalSetup = { path, token, everyMs: RENEW_MS, renewed };
    // The process's variables, some of which are secrets, are not for it, and the process may end without it.
    const program = { ...programBeside(import.meta.url, './lock-thread.js'), execArgv: [], env: {} };
    this.#thread = new ProgramThread({ ...program, isBackground: true }, setup);
    this.lost = new Promise((resolve) => {
      this.#thread.call({}).then(
        () => {
          this.#isLost = true;
          resolve();
        },
        // Without renewals every check looks at the file itself.
        () => undefined,
      );
    });
  }

  async check(): Promise<void> {
    const [steady = 0, wall = 0] = this.#renewed;
    const isFresh = now() - steady < LEASE_MS && Math.abs(Date.now() - wall) < LEASE_MS;
    if (!this.#isLost && (isFresh || (await find(this.#path))?.holder?.token === this.#token)) return;
    throw new FileLostError(`${this.#path}: another process has taken it over`);
  }

  async release(): Promise<void> {
    await this.#thread.end();
    const found = await find(this.#path).catch(() => undefined);
    if (found?.holder?.token === this.#token) await unlink(this.#path).catch(() => undefined);
  }
}

/** Milliseconds of the clock that threads share and nobody sets. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

// The file is given its name afterwards: its inode tells it from a copy of itself.
async function writeHolder(path: string, holder: Omit<Holder, 'inode'>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    const { ino } = await file.stat({ bigint: true });
    await file.writeFile(JSON.stringify({ ...holder, inode: String(ino) }));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads a lock; undefined if there is none. Opened anew each time: a file system of many machines then asks for its state anew. */
async function find(path: string): Promise<Found | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { ino, mtimeNs } = await file.stat({ bigint: true });
    const text = await file.readFile('utf8');
    return { holder: parseHolder(text), inode: String(ino), state: `${ino} ${mtimeNs} ${text}` };
  } finally {
    await file.close();
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text);
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, started, token, domain, inode } = value as { readonly [K in keyof Holder]?: unknown };
  const isOfText = (...texts: unknown[]): boolean => texts.every((text) => typeof text === 'string');
  if (!(Number.isInteger(pid) && Number(pid) >= 1 && isOfText(started, token))) return false;
  if (inode !== undefined && typeof inode !== 'string') return false;
  if (domain === undefined) return true;
  if (typeof domain !== 'object' || domain === null) return false;
  const { host, bootId, pidNamespace } = domain as { readonly [K in keyof PidDomain]?: unknown };
  return isOfText(host, bootId, pidNamespace);
}

/** What the holder's process id tells of it. */
async function stateOf({ holder, inode }: Found, domain: PidDomain): Promise<'lives' | 'gone' | 'unknown'> {
  if (holder === undefined) return 'unknown';
  const isHere = holder.domain === undefined || isSameDomain(holder.domain, domain);
  if (!isHere) return 'unknown';
  // A process id is used again: where the system tells when a process started, that has to agree too.
  const isAlive = isThere(holder.pid) && (await startOf(holder.pid)) === holder.started;
  if (!isAlive) return holder.domain === undefined ? 'unknown' : 'gone';
  // A lock is copied with what it guards, and its holder has the original.
  return holder.inode === undefined || holder.inode === inode ? 'lives' : 'unknown';
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Watches whether somebody renews a lock, or takes it or gives it back. */
async function isRenewed(path: string, { state }: Found): Promise<boolean> {
  const end = now() + STALE_MS;
  while (now() < end) {
    await sleep(LOOK_MS);
    const found = await find(path);
    if (found?.state !== state) return found !== undefined;
  }
  return false;
}

/** Takes a lock of the dead out of the way, unless another has done so: that one's is put back. */
async function moveAway(path: string, { state }: Found, token: string): Promise<void> {
  const aside = `${path}.stale.${token}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await find(aside))?.state !== state) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

function named(holder: Holder | undefined): string {
  if (holder === undefined) return 'another process';
  const { pid, domain } = holder;
  return domain === undefined ? `process ${pid}` : `process ${pid} of ${domain.host}`;
}
