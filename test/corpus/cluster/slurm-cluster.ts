/** Slurm on this one machine, in a directory of its own: nothing of a Slurm that may be installed is touched. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingProgram } from './debian.ts';

/** Why there is no Slurm, or undefined if there is one. Its daemons run as root. */
export const missingSlurm: string | undefined =
  process.getuid?.() === 0
    ? missingProgram(['/bin/sh', '-c', 'command -v sbatch slurmctld slurmd munged'], ['slurm-wlm', 'munge'])
    : 'not run by root';

/** A running Slurm. */
export interface SlurmCluster {
  /** Variables of processes that speak to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Waits until no job is left. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Slurm with one node that calls itself larger than it is, so that templates run as they are. */
export async function startSlurm(directory: string): Promise<SlurmCluster> {
  const at = (name: string): string => join(directory, name);
  for (const name of ['state', 'spool']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o400 });
  const node = hostname().split('.')[0];
  const [controllerPort, nodePort] = await freePorts();
  writeFileSync(
    at('slurm.conf'),
    `ClusterName=test
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${at('munge.socket')}
CredType=cred/munge
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1
MinJobAge=600
NodeName=${node} NodeAddr=127.0.0.1 CPUs=8 RealMemory=65536 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { SLURM_CONF: at('slurm.conf') };
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await daemon.stop();
  };
  try {
    // Forced: it would not like directories that are not root's alone.
    const files = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'];
    const names = ['munge.key', 'munge.socket', 'munge.pid', 'munge.log', 'munge.seed'];
    const options = files.map((file, i) => `--${file}=${at(names[i] ?? '')}`);
    daemons.push(new Daemon('munged', ['--foreground', '--force', ...options], env));
    await until(() => succeeds('munge', ['-n', '-S', at('munge.socket')], env), daemons);
    daemons.push(new Daemon('slurmctld', ['-D', '-c'], env));
    await until(() => succeeds('scontrol', ['ping'], env), daemons);
    daemons.push(new Daemon('slurmd', ['-D'], env));
    await until(() => slurm('sinfo', ['--noheader', '--format=%T'], env).trim() === 'idle', daemons);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env,
    settle: () => until(() => slurm('squeue', ['--noheader'], env) === '', daemons),
    stop,
  };
}

class Daemon {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #said = '';

  constructor(name: string, args: readonly string[], env: Record<string, string>) {
    this.#name = name;
    this.#child = spawn(name, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#said += String(chunk);
      });
    }
    this.#closed = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  /** The end of what it said. */
  tail(): string {
    return `${this.#name}:\n${this.#said.slice(-2000)}`;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#closed;
    clearTimeout(patience);
  }
}

async function until(isSo: () => boolean, daemons: readonly Daemon[]): Promise<void> {
  const end = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > end)
      throw new Error(`Slurm took too long\n${daemons.map((one) => one.tail()).join('\n')}`);
    await sleep(250);
  }
}

function succeeds(program: string, args: readonly string[], env: Record<string, string>): boolean {
  try {
    return !slurm(program, args, env).includes('DOWN');
  } catch {
    return false;
  }
}

function slurm(program: string, args: readonly string[], env: Record<string, string>): string {
  return execFileSync(program, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    ports.push(typeof address === 'object' && address !== null ? address.port : 0);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

/** Everything that jobs wrote into a directory. */
export function jobOutput(directory: string, names: readonly string[]): string {
  return names.map((name) => `${name}: ${readFileSync(join(directory, name), 'utf8')}`).join('\n');
}
