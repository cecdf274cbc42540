/** An endpoint like OpenAI's that does what a test says, request by request, and keeps count of what it was paid for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What is sent back. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body: unknown;
  /** Cuts the connection in the middle of the body. */
  readonly isCut?: boolean;
  /** Waits so long before the answer, in milliseconds. */
  readonly afterMs?: number;
}

/** A request as it came. */
export interface Asked {
  /** Its number, from 0. */
  readonly number: number;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** The prompt, or the last message. */
  readonly prompt: string;
}

/** A scripted endpoint. */
export interface ScriptedEndpoint {
  readonly url: string;
  /** Every request that came whole. */
  readonly asked: readonly Asked[];
  /** Most requests that were open at once. */
  readonly most: number;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startEndpoint(
  script: (asked: Asked) => Reply | Promise<Reply>,
): Promise<ScriptedEndpoint> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let open = 0;
  let most = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    const one: Asked = {
      number: asked.length,
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body,
      prompt: promptOf(body),
    };
    asked.push(one);
    most = Math.max(most, ++open);
    try {
      await send(response, await script(one));
    } finally {
      open--;
    }
  };
  const server = createServer((request, response) => {
    // Whoever asked may be gone by now.
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    get most() {
      return most;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function send(
  response: ServerResponse,
  { status = 200, headers = {}, body, isCut = false, afterMs = 0 }: Reply,
): Promise<void> {
  if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  });
  if (!isCut) return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function promptOf({ prompt, messages }: Readonly<Record<string, unknown>>): string {
  if (typeof prompt === 'string') return prompt;
  return Array.isArray(messages) ? String((messages.at(-1) as { content?: unknown }).content) : '';
}

/** A token with its log-probability, and the likeliest ones of its step. */
interface ScriptedToken {
  readonly token: string;
  readonly logprob: number;
  readonly top?: readonly (readonly [token: string, logprob: number])[];
}

/** What a chat completion looks like. */
export function chatAnswer(
  answer: string,
  {
    tokens,
    finish = 'stop',
    usage = { prompt_tokens: 10, completion_tokens: 20 },
    model = 'suspect-1',
    refusal = null,
  }: {
    readonly tokens?: readonly ScriptedToken[];
    readonly finish?: string;
    readonly usage?: object | null;
    readonly model?: string;
    readonly refusal?: string | null;
  } = {},
): object {
  const bytes = (token: string): number[] => [...Buffer.from(token)];
  const content = tokens?.map(({ token, logprob, top = [] }) => ({
    token,
    logprob,
    bytes: bytes(token),
    top_logprobs: top.map(([other, of]) => ({ token: other, logprob: of, bytes: bytes(other) })),
  }));
  return {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer, refusal },
        logprobs: content === undefined ? null : { content, refusal: null },
        finish_reason: finish,
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
}
