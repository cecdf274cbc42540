/** Runs the built command as a user would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The command's entry, to be run with node. */
export const COMMAND: string = fileURLToPath(
  new URL('../../packages/cli/bin/countermark.js', import.meta.url),
);

/** Limit of a hook that lets the model answer at length: seconds, but on a busy machine. */
export const PATIENCE_MS = 120_000;

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

/** Runs the command and returns the one JSON value that it prints; fails if it prints anything else. */
export async function runJson(args: readonly string[], options: RunOptions = {}): Promise<unknown> {
  const { status, stdout, stderr } = await run(args, options);
  if (status !== 0) throw new Error(`countermark ended with ${status}: ${stderr}`);
  if (!/^[^\n]+\n$/.test(stdout)) throw new Error(`expected one line of JSON, got ${JSON.stringify(stdout)}`);
  return JSON.parse(stdout);
}
