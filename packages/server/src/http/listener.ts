import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server that can be stopped while clients hold connections. */
export class Listener {
  readonly server: Server;
  // Connections without a request under way: those that never had one as well, which Node's own list of idle ones lacks.
  readonly #idle = new Set<Socket>();

  constructor(handle: RequestListener) {
    this.server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 0,
        keepAliveTimeout: 60_000,
        // How late a timeout of headers may be noticed.
        connectionsCheckingInterval: 2000,
      },
      handle,
    );
    this.server.on('connection', (socket: Socket) => {
      this.#idle.add(socket);
      socket.once('close', () => this.#idle.delete(socket));
    });
    this.server.on('request', ({ socket }, response) => {
      this.#idle.delete(socket);
      response.once('close', () => {
        if (!socket.destroyed) this.#idle.add(socket);
      });
    });
    // Whoever takes the connection over ends it.
    this.server.on('upgrade', ({ socket }) => this.#idle.delete(socket));
  }

  /** Where it listens: `http://127.0.0.1:8080`. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Listens; throws the system's error where it cannot. */
  listen(port: number, host: string): Promise<void> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  }

  /** Takes no more connections, and ends those that are left after a while. */
  async drain(patienceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const endIdle = (): void => {
      for (const socket of this.#idle) socket.destroy();
    };
    endIdle();
    // A connection whose request ends now is kept for another, which is not to come.
    const every = setInterval(endIdle, 50);
    const timer = setTimeout(() => this.server.closeAllConnections(), patienceMs);
    await closed;
    clearInterval(every);
    clearTimeout(timer);
  }
}
