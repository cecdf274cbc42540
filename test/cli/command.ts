/** Runs the built command as a user would. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The command's entry, to be run with node. */
export const COMMAND: string = fileURLToPath(
  new URL('../../packages/cli/bin/countermark.js', import.meta.url),
);

/** What the command says of its version. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8'),
).version;

/** Limit of a hook that lets the model answer at length: seconds, but on a busy machine. */
export const PATIENCE_MS = 300_000;

/** How a process ended. */
export interface Ended {
  /** The exit status as a shell gives it: 128 and the signal's number after a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What {@link run} and {@link start} are told beside the arguments. */
export interface RunOptions {
  /** What standard input holds (default nothing). */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Variables beside those of the tests' own process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of node before the command's. */
  readonly node?: readonly string[];
  /** A file descriptor for standard output (default a pipe that is read). */
  readonly stdout?: number;
  /** Number of the user and the group that it runs as (default the tests' own). */
  readonly user?: number | undefined;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { input = '', cwd, env, node = [], stdout = 'pipe', user } = options;
  const child = spawn(process.execPath, [...node, COMMAND, ...args], {
    stdio: ['pipe', stdout, 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return { child, ended: endOf(child) };
}

/** Runs the command to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** Waits for a process, collecting what it prints. */
export function endOf(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({
        status: code ?? 128 + constants.signals[signal as NodeJS.Signals],
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/**
 * Runs the built command in a process that has loaded it before, one call after another: a fifth of the time. There is no
 * standard input, and what ends a process by itself is not shown.
 */
export function runWarm(args: readonly string[], cwd: string = process.cwd()): Promise<Ended> {
  const ended = warmed.then(() => askHost({ args, cwd }));
  warmed = ended.catch(() => undefined);
  return ended;
}

let host: ChildProcess | undefined;
let warmed: Promise<unknown> = Promise.resolve();

function askHost(job: { readonly args: readonly string[]; readonly cwd: string }): Promise<Ended> {
  host ??= startHost();
  const asked = host;
  return new Promise((resolve, reject) => {
    const end = (status: number | null): void => {
      host = undefined;
      reject(new Error(`the process ended with ${status} at ${job.args.join(' ')}`));
    };
    asked.once('exit', end);
    asked.once('message', (ended) => {
      asked.off('exit', end);
      resolve(ended as Ended);
    });
    asked.send(job);
  });
}

// It ends with the tests' own process, and keeps that from nothing.
function startHost(): ChildProcess {
  const child = fork(new URL('command-host.mjs', import.meta.url), [VERSION], {
    execArgv: [],
    stdio: 'inherit',
  });
  child.unref();
  child.channel?.unref();
  return child;
}

/** Runs the command, in a process that is warm, and returns the one JSON value that it prints; fails if it prints anything else. */
export async function runJson(args: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await runWarm(args);
  if (status !== 0) throw new Error(`countermark ended with ${status}: ${stderr}`);
  if (!/^[^\n]+\n$/.test(stdout)) throw new Error(`expected one line of JSON, got ${JSON.stringify(stdout)}`);
  return JSON.parse(stdout);
}
