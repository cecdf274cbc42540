/** A network of its own between a server and its PostgreSQL, whose packets can be lost without a word. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { succeeds } from '../../support/debian.ts';

// Runs in the namespace: what PostgreSQL's socket is for this machine, a port is for the other.
const PROXY = `
  const { connect, createServer } = require('node:net');
  createServer((near) => {
    const far = connect(process.argv[1]);
    near.pipe(far).pipe(near);
    for (const one of [near, far]) one.on('error', () => undefined);
  }).listen(5432, () => console.log('listening'));
`;

/** Why no network of its own can be made, or undefined if one can. */
export const missingNamespaces: string | undefined =
  process.getuid?.() === 0 && succeeds('unshare', '-n ip link add near type veth peer name far'.split(' '))
    ? undefined
    : 'needs root, and ip of iproute2 with virtual links';

/** A virtual link into a network namespace, in which PostgreSQL has a port. */
export class NetworkCable {
  readonly #namespace = `countermark-${process.pid}`;
  /** Names of links have 15 letters at most. */
  readonly #link = `cm${process.pid}`;
  /** Addresses of tests of networks, which no network has: RFC 2544. */
  readonly #near = '198.18.77.1';
  readonly #far = '198.18.77.2';
  readonly #socketPath: string;
  #proxy: ChildProcess | undefined;
  #isCut = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Makes it; returns host and port of the database. */
  async listen(): Promise<string> {
    ip('netns', 'add', this.#namespace);
    ip('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'far', 'netns', this.#namespace);
    ip('addr', 'add', `${this.#near}/30`, 'dev', this.#link);
    ip('link', 'set', this.#link, 'up');
    ip('-n', this.#namespace, 'addr', 'add', `${this.#far}/30`, 'dev', 'far');
    ip('-n', this.#namespace, 'link', 'set', 'far', 'up');
    const command = ['netns', 'exec', this.#namespace, process.execPath, '-e', PROXY, this.#socketPath];
    this.#proxy = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.#proxy.stdout !== null) await once(this.#proxy.stdout, 'data');
    return `${this.#far}:5432`;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** What the other side sends goes nowhere: no connection is refused, and none is ended. */
  set isCut(isCut: boolean) {
    if (isCut === this.#isCut) return;
    ip('-n', this.#namespace, 'route', isCut ? 'add' : 'del', 'blackhole', `${this.#near}/32`);
    this.#isCut = isCut;
  }

  close(): void {
    this.#proxy?.kill('SIGKILL');
    ip('link', 'del', this.#link);
    ip('netns', 'del', this.#namespace);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
